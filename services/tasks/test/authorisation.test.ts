import { randomUUID } from 'node:crypto';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Attachment, Comment, Label, Project, Relation, Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS, type Standing } from '../src/authorisation.ts';
import { ifMatch, type Person, tasksService } from './harness.ts';

const { server, person, sql } = await tasksService();
const workspace = randomUUID();
const owner = await person({ [workspace]: 'owner' });

/** One of everything, in an open or a private project. */
async function makeWorld(isPrivate: boolean) {
  const project = await owner.project({ private: isPrivate });
  const task = await owner.task(project.id);
  const other = await owner.task(project.id);
  const deleted = await owner.task(project.id);
  await owner.call('DELETE', `/tasks/${deleted.id}`, undefined, ifMatch(deleted));
  const made = async <T>(path: string, body: unknown) => (await owner.call<T>('POST', path, body)).body;
  const comment = await made<Comment>(`/tasks/${task.id}/comments`, { body: 'Tight enough?' });
  const gone = await made<Comment>(`/tasks/${task.id}/comments`, { body: 'Never mind' });
  await owner.call('DELETE', `/tasks/${task.id}/comments/${gone.id}`, undefined, ifMatch(gone));
  const relation = await made<Relation>(`/tasks/${task.id}/relations`, { type: 'blocks', taskId: other.id });
  const label = await made<Label>('/tasks/labels', { name: `urgent ${project.key}`, color: '#ff0000', projectId: project.id });
  const attachment = await made<Attachment>(`/tasks/${task.id}/attachments?name=plan.json`, { valves: 4 });
  return { project, task, other, deleted, comment, gone, relation, label, attachment };
}
type World = Awaited<ReturnType<typeof makeWorld>>;

interface Operation {
  method: string;
  /** with the ids of a world in place of the parameters */
  path(world: World): string;
  body?(world: World): unknown;
  /** what has to be seen by whoever writes */
  version?(world: World): { version: number };
}

const stranger = randomUUID();
/** Every route below a project or a task → a call that would succeed for a lead, whose ids are those of the world. */
const OPERATIONS: Record<string, Operation> = {
  'GET /tasks/projects/:id': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}` },
  'PATCH /tasks/projects/:id': {
    method: 'PATCH',
    path: (w) => `/tasks/projects/${w.project.id}`,
    body: () => ({ name: 'New' }),
    version: (w) => w.project,
  },
  'DELETE /tasks/projects/:id': { method: 'DELETE', path: (w) => `/tasks/projects/${w.project.id}`, version: (w) => w.project },
  'POST /tasks/projects/:id/restore': { method: 'POST', path: (w) => `/tasks/projects/${w.project.id}/restore`, version: (w) => w.project },
  'PUT /tasks/projects/:id/members/:userId': {
    method: 'PUT',
    path: (w) => `/tasks/projects/${w.project.id}/members/${owner.userId}`,
    body: () => ({ role: 'lead' }),
    version: (w) => w.project,
  },
  'DELETE /tasks/projects/:id/members/:userId': {
    method: 'DELETE',
    path: (w) => `/tasks/projects/${w.project.id}/members/${stranger}`,
    version: (w) => w.project,
  },
  'POST /tasks/projects/:id/columns': {
    method: 'POST',
    path: (w) => `/tasks/projects/${w.project.id}/columns`,
    body: () => ({ name: 'Review', category: 'active' }),
  },
  'PUT /tasks/projects/:id/columns': {
    method: 'PUT',
    path: (w) => `/tasks/projects/${w.project.id}/columns`,
    body: (w) => ({ columnIds: w.project.columns.map(({ id }) => id) }),
    version: (w) => w.project,
  },
  'PATCH /tasks/projects/:id/columns/:columnId': {
    method: 'PATCH',
    path: (w) => `/tasks/projects/${w.project.id}/columns/${w.project.columns[0]!.id}`,
    body: () => ({ name: 'Next' }),
    version: (w) => w.project.columns[0]!,
  },
  'DELETE /tasks/projects/:id/columns/:columnId': {
    method: 'DELETE',
    path: (w) => `/tasks/projects/${w.project.id}/columns/${w.project.columns[1]!.id}`,
    version: (w) => w.project.columns[1]!,
  },
  'POST /tasks/projects/:id/tasks': {
    method: 'POST',
    path: (w) => `/tasks/projects/${w.project.id}/tasks`,
    body: () => ({ title: 'One more' }),
  },
  'GET /tasks/projects/:id/tasks': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/tasks` },
  'GET /tasks/projects/:id/board': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/board` },
  'GET /tasks/projects/:id/activity': { method: 'GET', path: (w) => `/tasks/projects/${w.project.id}/activity` },
  'GET /tasks/:id': { method: 'GET', path: (w) => `/tasks/${w.task.id}` },
  'PATCH /tasks/:id': { method: 'PATCH', path: (w) => `/tasks/${w.task.id}`, body: () => ({ title: 'Other' }), version: (w) => w.task },
  'POST /tasks/:id/move': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/move`,
    body: (w) => ({ columnId: w.task.columnId }),
    version: (w) => w.task,
  },
  'DELETE /tasks/:id': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}`, version: (w) => w.task },
  'POST /tasks/:id/restore': { method: 'POST', path: (w) => `/tasks/${w.deleted.id}/restore`, version: () => ({ version: 2 }) },
  'POST /tasks/bulk': {
    method: 'POST',
    path: () => '/tasks/bulk',
    body: (w) => ({ items: [{ id: w.task.id }], patch: { title: 'Other' } }),
  },
  'GET /tasks/:id/watch': { method: 'GET', path: (w) => `/tasks/${w.task.id}/watch` },
  'PUT /tasks/:id/watch': { method: 'PUT', path: (w) => `/tasks/${w.task.id}/watch` },
  'DELETE /tasks/:id/watch': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/watch` },
  'GET /tasks/:id/activity': { method: 'GET', path: (w) => `/tasks/${w.task.id}/activity` },
  'GET /tasks/:id/comments': { method: 'GET', path: (w) => `/tasks/${w.task.id}/comments` },
  'POST /tasks/:id/comments': { method: 'POST', path: (w) => `/tasks/${w.task.id}/comments`, body: () => ({ body: 'Yes' }) },
  'PATCH /tasks/:id/comments/:commentId': {
    method: 'PATCH',
    path: (w) => `/tasks/${w.task.id}/comments/${w.comment.id}`,
    body: () => ({ body: 'No' }),
    version: (w) => w.comment,
  },
  'DELETE /tasks/:id/comments/:commentId': {
    method: 'DELETE',
    path: (w) => `/tasks/${w.task.id}/comments/${w.comment.id}`,
    version: (w) => w.comment,
  },
  'POST /tasks/:id/comments/:commentId/restore': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/comments/${w.gone.id}/restore`,
    version: () => ({ version: 2 }),
  },
  'GET /tasks/:id/relations': { method: 'GET', path: (w) => `/tasks/${w.task.id}/relations` },
  'POST /tasks/:id/relations': {
    method: 'POST',
    path: (w) => `/tasks/${w.task.id}/relations`,
    body: (w) => ({ type: 'relates', taskId: w.other.id }),
  },
  'DELETE /tasks/:id/relations/:relationId': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/relations/${w.relation.id}` },
  'PATCH /tasks/labels/:id': {
    method: 'PATCH',
    path: (w) => `/tasks/labels/${w.label.id}`,
    body: () => ({ color: '#00ff00' }),
    version: (w) => w.label,
  },
  'DELETE /tasks/labels/:id': { method: 'DELETE', path: (w) => `/tasks/labels/${w.label.id}`, version: (w) => w.label },
  'POST /tasks/labels': {
    method: 'POST',
    path: () => '/tasks/labels',
    body: (w) => ({ name: randomUUID(), color: '#00ff00', projectId: w.project.id }),
  },
  'POST /tasks/:id/attachments': { method: 'POST', path: (w) => `/tasks/${w.task.id}/attachments?name=x.json`, body: () => ({ a: 1 }) },
  'GET /tasks/:id/attachments': { method: 'GET', path: (w) => `/tasks/${w.task.id}/attachments` },
  'GET /tasks/:id/attachments/:attachmentId': { method: 'GET', path: (w) => `/tasks/${w.task.id}/attachments/${w.attachment.id}` },
  'DELETE /tasks/:id/attachments/:attachmentId': { method: 'DELETE', path: (w) => `/tasks/${w.task.id}/attachments/${w.attachment.id}` },
};

const perform = (who: Person, { method, path, body, version }: Operation, world: World) =>
  who.call(method, path(world), body?.(world), version ? ifMatch(version(world)) : {});

describe('things of another workspace', async () => {
  const world = await makeWorld(false);
  const outsider = await person({ [randomUUID()]: 'owner' });
  const before = await digest(world);

  it.each(Object.keys(OPERATIONS))('%s answers 404', async (name) => {
    const { status, body } = await perform(outsider, OPERATIONS[name]!, world);
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('are unchanged after all that', async () => {
    expect(await digest(world)).toEqual(before);
  });

  it('covers every route that takes an id', async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, Record<string, unknown>> };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const withIds = routes.filter((route) => /^\w+ \/tasks\/(:id|projects\/:id|labels\/:id)/.test(route) && !OTHER_TESTS.test(route));
    expect(withIds.filter((route) => !(route in OPERATIONS))).toEqual([]);
    expect(Object.keys(OPERATIONS).filter((route) => !routes.includes(route))).toEqual([]);
  });
});

/** Routes of search, filters, import, export and recurrence, which their own tests prove in the same way. */
const OTHER_TESTS = /recurrence|export|import|calendar|filters/;

const digest = async ({ project }: World) => [
  (await owner.call('GET', `/tasks/projects/${project.id}`)).body,
  (await owner.call('GET', `/tasks/projects/${project.id}/tasks`)).body,
  (await sql`select count(*)::int from events where project_id = ${project.id}`)[0],
];

describe('the role table', async () => {
  const READ = [
    'GET /tasks/projects/:id',
    'GET /tasks/projects/:id/board',
    'GET /tasks/projects/:id/tasks',
    'GET /tasks/:id',
    'GET /tasks/:id/comments',
    'PUT /tasks/:id/watch',
  ];
  const CHECKS: Record<keyof typeof PERMISSIONS, string[]> = {
    'project.read': READ,
    'project.manage': ['POST /tasks/projects/:id/columns', 'PATCH /tasks/projects/:id', 'DELETE /tasks/projects/:id'],
    'task.edit': [
      'POST /tasks/projects/:id/tasks',
      'POST /tasks/:id/attachments',
      'POST /tasks/labels',
      'PATCH /tasks/:id',
      'POST /tasks/:id/restore',
      'DELETE /tasks/:id/relations/:relationId',
    ],
    'comment.write': ['POST /tasks/:id/comments'],
    'comment.moderate': ['DELETE /tasks/:id/comments/:commentId'],
  };
  const roles: WorkspaceRole[] = ['owner', 'admin', 'member', 'guest'];
  const standings: Standing[] = ['lead', 'editor', 'viewer', 'open', 'closed'];

  it.each(roles.flatMap((role) => standings.map((standing) => [role, standing] as const)))('%s × %s', async (role, standing) => {
    const someone = await person({ [workspace]: role });
    const visible = PERMISSIONS['project.read'][role].includes(standing);
    const world = await makeWorld(standing === 'closed');
    if (standing !== 'open' && standing !== 'closed') {
      await sql`insert into project_members (project_id, user_id, role) values (${world.project.id}, ${someone.userId}, ${standing})`;
    }
    // What deletes the project comes last.
    for (const action of ['project.read', 'comment.write', 'comment.moderate', 'task.edit', 'project.manage'] as const) {
      const allowed = PERMISSIONS[action][role].includes(standing);
      for (const name of CHECKS[action]) {
        const current = { ...world, project: { ...world.project, version: await projectVersion(world.project.id) } };
        const { status } = await perform(someone, OPERATIONS[name]!, current);
        expect([name, allowed ? Math.floor(status / 100) : status]).toEqual([name, allowed ? 2 : visible ? 403 : 404]);
      }
    }
  });

  const projectVersion = async (id: string) => (await sql`select version from projects where id = ${id}`)[0]!.version as number;

  it('guests create neither projects nor labels of the workspace', async () => {
    const guest = await person({ [workspace]: 'guest' });
    expect((await guest.call('POST', '/tasks/projects', { key: 'GST', name: 'No' })).status).toBe(403);
    expect((await guest.call('POST', '/tasks/labels', { name: 'no', color: '#000000' })).status).toBe(403);
  });

  it('a token that may only read changes nothing', async () => {
    const reader = await person({ [workspace]: 'owner' }, { scopes: ['read'] });
    expect((await reader.call('POST', '/tasks/projects', { key: 'RDR', name: 'No' })).status).toBe(403);
    expect((await reader.call('GET', '/tasks/projects')).status).toBe(200);
  });

  it('nobody without a token gets in', async () => {
    for (const { method, path } of Object.values(OPERATIONS)) {
      const world = {
        project: { id: stranger, columns: [{ id: stranger }, { id: stranger }] },
        task: { id: stranger },
      } as unknown as World;
      const url = path({
        ...world,
        deleted: world.task,
        other: world.task,
        comment: world.task,
        gone: world.task,
        relation: world.task,
        label: world.task,
        attachment: world.task,
      } as never);
      expect((await fetch(`${server.url}${url}`, { method })).status).toBe(401);
    }
  });
});

describe('lists', () => {
  it('show what may be seen, and no more', async () => {
    const open = await owner.project();
    const closed = await owner.project({ private: true });
    const member = await person({ [workspace]: 'member' });
    const guest = await person({ [workspace]: 'guest' });
    const ids = async (who: Person) =>
      (await who.call<{ items: Project[] }>('GET', '/tasks/projects?limit=200')).body.items.map(({ id }) => id);
    expect(await ids(owner)).toEqual(expect.arrayContaining([open.id, closed.id]));
    expect(await ids(member)).toContain(open.id);
    expect(await ids(member)).not.toContain(closed.id);
    expect(await ids(guest)).toEqual([]);
  });

  it('one person works in several workspaces with one token', async () => {
    const second = randomUUID();
    const both = await person({ [workspace]: 'member', [second]: 'owner' });
    const { status, body } = await both.call<{ code: string }>('POST', '/tasks/projects', { key: 'TWO', name: 'Second' });
    expect([status, body.code]).toEqual([422, 'workspace_needed']);
    const project = await both.project({ key: 'TWO', workspaceId: second });
    const first = await both.project({ key: 'TWO', workspaceId: workspace });
    const task = await both.task(project.id);
    expect((await both.call('GET', '/tasks/TWO-1')).status).toBe(200);
    const twin = await both.task(first.id);
    expect((await both.call('GET', '/tasks/TWO-1')).status).toBe(409);
    expect((await both.call<Task>('GET', `/tasks/TWO-1?workspaceId=${second}`)).body.id).toBe(task.id);
    expect((await owner.call<Task>('GET', '/tasks/TWO-1')).body.id).toBe(twin.id);
  });
});
