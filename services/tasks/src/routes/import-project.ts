import { IMPORT_LIMITS, type ImportFormat, ImportReport, ImportRequest } from '@taskflow/contracts/import';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { WORKSPACE_PERMISSIONS } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { commitPlan } from '../import/commit.ts';
import { planCsv } from '../import/csv.ts';
import type { Plan } from '../import/plan.ts';
import { planTaskflow } from '../import/taskflow.ts';
import { planTodoist } from '../import/todoist.ts';
import { planTrello } from '../import/trello.ts';
import { planVikunja } from '../import/vikunja.ts';
import { refusals, security } from '../responses.ts';
import { chooseWorkspace } from '../workspace.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

const PLANNERS: Record<ImportFormat, (content: string, mapping: ImportRequest['mapping']) => Plan> = {
  trello: planTrello,
  todoist: planTodoist,
  csv: planCsv,
  vikunja: planVikunja,
  taskflow: planTaskflow,
};

export function importProject(app: Server, { sql, directory }: Context): void {
  app.post(
    '/tasks/imports',
    {
      config: onceInTransaction,
      bodyLimit: IMPORT_LIMITS.bytes + 1_000_000,
      schema: {
        operationId: 'importProject',
        summary: 'Import a board of another program, all or nothing; with preview, say what would be made and what would not',
        tags: ['import'],
        security,
        body: ImportRequest,
        response: { 200: ImportReport, 201: ImportReport, ...refusals(403, 404, 409, 413, 422) },
      },
    },
    async (request, reply) => {
      const { identity, body } = request;
      const { format, content, mapping, projectId, project, preview = false } = body;
      if ((projectId === undefined) === (project === undefined)) throw common.invalid('Send either projectId or project');
      const target = project
        ? { ...project, private: project.private ?? false, workspaceId: chooseWorkspace(identity, project.workspaceId) }
        : { projectId: projectId as string };
      if ('workspaceId' in target && !WORKSPACE_PERMISSIONS['project.create'].includes(identity.workspaces[target.workspaceId]!)) {
        throw common.forbidden('Guests do not create projects');
      }
      await directory.ensure(Object.keys(identity.workspaces));
      const plan = PLANNERS[format](content, mapping);
      return writeAllOnce(sql, reply, async (tx) => {
        const report = await commitPlan(tx, { identity, context: eventContext(request), target, plan, preview });
        reply.code(preview ? 200 : 201);
        if (!preview) reply.header('location', `/tasks/projects/${report.projectId}`);
        return report;
      });
    },
  );
}
