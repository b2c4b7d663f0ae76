import { IdParams } from '@taskflow/contracts/primitives';
import { ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { lockLabel, recordLabelEvent } from '../labels/label.ts';
import { security, writeRefusals } from '../responses.ts';

export function deleteLabel(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/labels/:id',
    {
      schema: {
        operationId: 'deleteLabel',
        summary: 'Delete a label, also from the tasks that have it',
        tags: ['labels'],
        security,
        params: IdParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        // Tasks before the label, as every change of a task's labels locks them.
        await tx`
          select from tasks
          where label_ids @> array[${id}]::uuid[] and workspace_id = any(${Object.keys(request.identity.workspaces)}::uuid[])
          order by id for no key update`;
        const label = await lockLabel(tx, request.identity, id, version);
        // One event for all: readers take the label off the tasks they know. Their watchers need not hear of it.
        await tx`
          update tasks set label_ids = array_remove(label_ids, ${id}::uuid), version = version + 1, updated_at = now()
          where label_ids @> array[${id}]::uuid[]`;
        await tx`delete from labels where id = ${id}`;
        await recordLabelEvent(tx, eventContext(request), 'label.deleted', label);
      });
      return reply.code(204).send(null);
    },
  );
}
