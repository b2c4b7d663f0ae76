import { CreateLabel, Label } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import type { Server } from '@taskflow/http/server';
import type { Transaction } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { labelColumns, recordLabelEvent, requireLabelEdit } from '../labels/label.ts';
import { refuseProject } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { chooseWorkspace } from '../workspace.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

export function createLabel(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/labels',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createLabel',
        summary: 'Make a label for one project, or for all of a workspace',
        tags: ['labels'],
        security,
        body: CreateLabel,
        response: { 201: Label, ...refusals(403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const { name, color, projectId } = body;
      return writeAllOnce(sql, reply, async (tx) => {
        const workspaceId = await workspaceOf(tx, identity, body);
        const [label] = await tx<Label[]>`
          insert into labels as l (id, workspace_id, project_id, name, color)
          values (${v7()}, ${workspaceId}, ${projectId ?? null}, ${name.trim()}, ${color})
          returning ${labelColumns(tx)}`;
        await recordLabelEvent(tx, eventContext(request), 'label.created', label!);
        reply.code(201).header('etag', etag(label!.version));
        return label!;
      });
    },
  );
}

async function workspaceOf(tx: Transaction, identity: Identity, { projectId, workspaceId }: { projectId?: string; workspaceId?: string }) {
  if (projectId === undefined) {
    const chosen = chooseWorkspace(identity, workspaceId);
    requireLabelEdit(identity, chosen);
    return chosen;
  }
  const [project] = await tx<Array<{ workspaceId: string }>>`
    select p.workspace_id as "workspaceId" from projects p
    where p.id = ${projectId} and p.deleted_at is null and not p.archived and ${may(tx, identity, 'task.edit')}`;
  return project?.workspaceId ?? refuseProject(tx, identity, projectId, 'task.edit');
}
