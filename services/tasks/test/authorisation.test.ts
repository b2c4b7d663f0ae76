import { randomUUID } from 'node:crypto';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Project, Task } from '@taskflow/contracts/tasks';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS, type Standing } from '../src/authorisation.ts';
import { ifMatch, type Person, tasksService } from './harness.ts';
import { makeWorld, OPERATIONS, perform, type World } from './operations.ts';

const { server, person, sql } = await tasksService();
const workspace = randomUUID();
const owner = await person({ [workspace]: 'owner' });
const stranger = randomUUID();

describe('things of another workspace', async () => {
  const world = await makeWorld(owner);
  const outsider = await person({ [randomUUID()]: 'owner' });
  const before = await digest(world);

  it.each(Object.keys(OPERATIONS))('%s answers 404', async (name) => {
    const { status, body } = await perform(outsider, OPERATIONS[name]!, world);
    expect({ status, body }).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  // The outsider owns one half of the address; the other half is guessed.
  const own = await makeWorld(outsider);
  const nested = Object.keys(OPERATIONS).filter((name) => /:id\/\w+\/:(?!userId)/.test(name));
  const child = ({ comment, gone, relation, attachment }: World) => ({ comment, gone, relation, attachment });

  it.each(nested)('%s answers 404 below a thing of their own', async (name) => {
    const project = { ...own.project, columns: world.project.columns };
    expect((await perform(outsider, OPERATIONS[name]!, { ...own, ...child(world), project })).status).toBe(404);
    const foreign = { ...world, ...child(own), project: { ...world.project, columns: own.project.columns } };
    expect((await perform(outsider, OPERATIONS[name]!, foreign)).status).toBe(404);
  });

  it('are refused in bodies and queries too', async () => {
    const foreignColumn = world.project.columns[0]!.id;
    const bodies = [
      { columnId: foreignColumn },
      { parentId: world.task.id },
      { labelIds: [world.label.id] },
      { assigneeIds: [owner.userId] },
    ];
    for (const body of bodies) {
      expect((await outsider.call('POST', `/tasks/projects/${own.project.id}/tasks`, { title: 'x', ...body })).status).toBe(422);
      expect((await outsider.call('PATCH', `/tasks/${own.task.id}`, body, ifMatch(own.task))).status).toBe(422);
      expect((await outsider.call('POST', '/tasks/bulk', { items: [{ id: own.task.id }], patch: body })).status).toBe(422);
    }
    const moves = [
      { columnId: foreignColumn },
      { columnId: own.task.columnId, before: world.task.id },
      { columnId: own.task.columnId, after: world.task.id },
    ];
    for (const body of moves) expect((await outsider.call('POST', `/tasks/${own.task.id}/move`, body, ifMatch(own.task))).status).toBe(422);
    expect((await outsider.call('POST', `/tasks/${own.task.id}/relations`, { type: 'blocks', taskId: world.task.id })).status).toBe(422);
    expect((await outsider.call('POST', '/tasks/bulk', { items: [{ id: own.task.id }, { id: world.task.id }], delete: true })).status).toBe(
      404,
    );
    const first = own.project.columns[0]!;
    const remove = `/tasks/projects/${own.project.id}/columns/${first.id}?moveTo=${foreignColumn}`;
    expect((await outsider.call('DELETE', remove, undefined, ifMatch(first))).status).toBe(422);
    for (const list of ['projects', 'labels']) {
      expect((await outsider.call('GET', `/tasks/${list}?workspaceId=${workspace}`)).body).toMatchObject({ items: [] });
    }
    expect((await outsider.call('GET', `/tasks/labels?projectId=${world.project.id}`)).body).toMatchObject({ items: [] });
    expect((await outsider.call('GET', `/tasks/${world.task.humanId}?workspaceId=${workspace}`)).status).toBe(404);
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
    'PUT /tasks/:id/viewing',
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
    const world = await makeWorld(owner, standing === 'closed');
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
