import { IdParams } from '@taskflow/contracts/primitives';
import { Label, PatchLabel } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { lockLabel, recordLabelEvent } from '../labels/label.ts';
import { refuse } from '../problems.ts';
import { security, writeRefusals } from '../responses.ts';

export function patchLabel(app: Server, { sql }: Context): void {
  app.patch(
    '/tasks/labels/:id',
    {
      schema: {
        operationId: 'patchLabel',
        summary: 'Change the name or colour of a label',
        tags: ['labels'],
        security,
        params: IdParams,
        body: PatchLabel,
        response: { 200: Label, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const version = ifMatchVersion(request);
      const label = await transaction(sql, async (tx) => {
        const before = await lockLabel(tx, request.identity, id, version);
        const after = { ...before, ...request.body, version: version + 1 };
        await tx`update labels set name = ${after.name}, color = ${after.color}, version = ${after.version} where id = ${id}`;
        const changes = (['name', 'color'] as const)
          .filter((field) => before[field] !== after[field])
          .map((field) => ({ field, from: before[field], to: after[field] }));
        await recordLabelEvent(tx, eventContext(request), 'label.updated', after, changes);
        return after;
      }).catch(refuse);
      reply.header('etag', etag(label.version));
      return label;
    },
  );
}
