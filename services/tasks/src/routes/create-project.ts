import { CreateProject, Project } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import { WORKSPACE_PERMISSIONS } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext, recordProjectEvent } from '../events.ts';
import { readProject } from '../project.ts';
import { refusals, security } from '../responses.ts';
import { chooseWorkspace } from '../workspace.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

const FIRST_COLUMNS = [
  { name: 'To do', category: 'todo' },
  { name: 'In progress', category: 'active' },
  { name: 'Done', category: 'done' },
];

export function createProject(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/projects',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createProject',
        summary: 'Create a project with the columns To do, In progress, Done; its creator leads it',
        tags: ['projects'],
        security,
        body: CreateProject,
        response: { 201: Project, ...refusals(403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { key, name, description = '', private: isPrivate = false, workspaceId } = request.body;
      const workspace = chooseWorkspace(request.identity, workspaceId);
      const mayCreate = WORKSPACE_PERMISSIONS['project.create'].includes(request.identity.workspaces[workspace]!);
      if (!mayCreate) throw common.forbidden('Guests do not create projects');
      const id = v7();
      const { userId } = request.identity;
      return writeAllOnce(sql, reply, async (tx) => {
        const columns = FIRST_COLUMNS.map((column, position) => ({ ...column, id: v7(), project_id: id, position }));
        await tx`
          insert into projects (id, workspace_id, key, name, description, private, created_by)
          values (${id}, ${workspace}, ${key}, ${name}, ${description}, ${isPrivate}, ${userId})`;
        await tx`insert into columns ${tx(columns)}`;
        await tx`insert into project_members (project_id, user_id, role) values (${id}, ${userId}, 'lead')`;
        await recordProjectEvent(tx, eventContext(request), 'project.created', id);
        const project = await readProject(tx, request.identity, id);
        reply.code(201).header('location', `/tasks/projects/${id}`).header('etag', etag(project.version));
        return project;
      });
    },
  );
}
