import type { CreatedInvitation, JoinedWorkspace } from '@taskflow/contracts/auth';
import type { StreamEvent } from '@taskflow/contracts/feed';
import type { ImportReport } from '@taskflow/contracts/import';
import type { InboxPage, WebhookWithSecret } from '@taskflow/contracts/notifications';
import type { ProblemDocument } from '@taskflow/contracts/problem';
import type { Board, Comment, Project, Task } from '@taskflow/contracts/tasks';
import { expectValidOpenApi } from '@taskflow/testing/openapi';
import { until } from '@taskflow/testing/until';
import type { Static } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStream } from '../src/event-stream.ts';
import type { Person } from '../src/person.ts';
import { trelloBoard } from '../src/trello-board.ts';
import { verifyAuditLog } from '../src/verify-audit-log.ts';
import { World } from '../src/world.ts';

const CARDS = 1000;
const MOVES = 20;

let world: World;
let ana: Person;
let ben: Person;
let project: Project;
let boards: { ana: EventStream; ben: EventStream };

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const board = (person: Person) => person.must<Board>('GET', `/tasks/projects/${project.id}/board`);
const eventOf = (data: unknown) => data as StreamEvent;

// One story in chapters: each goes on from where the one before ended.
describe('two people plan their work', () => {
  it('register, and one invites the other', async () => {
    ana = await world.person('Ana');
    ben = await world.person('Ben');
    const workspaceId = (await ana.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]?.id;
    const invitation = await ana.must<Static<typeof CreatedInvitation>>('POST', `/auth/workspaces/${workspaceId}/invitations`, {});
    const joined = await ben.must<Static<typeof JoinedWorkspace>>('POST', '/auth/invitations/accept', { token: invitation.token });
    expect(joined.workspace).toMatchObject({ id: workspaceId, role: 'member' });
    expect((await ben.call('POST', '/auth/invitations/accept', { token: invitation.token })).status).toBeGreaterThanOrEqual(400);
  });

  it(`import a board of ${CARDS} cards, after a preview that makes nothing`, async () => {
    const request = { format: 'trello', content: JSON.stringify(trelloBoard(CARDS)), project: { key: 'PROD', name: 'Product' } };
    const { workspaces } = await ana.must<{ workspaces: Array<{ id: string; role: string }> }>('GET', '/auth/me');
    const workspaceId = workspaces.find(({ role }) => role === 'owner')?.id;
    const into = { ...request, project: { ...request.project, workspaceId } };
    const preview = await ana.must<ImportReport>('POST', '/tasks/imports', { ...into, preview: true });
    expect(preview).toMatchObject({ preview: true, projectId: null });
    expect(await ana.must('GET', '/tasks/projects')).toMatchObject({ items: [] });

    const report = await ana.must<ImportReport>('POST', '/tasks/imports', into);
    expect(report).toMatchObject({ preview: false, tasks: preview.tasks, columns: preview.columns });
    project = await ana.must<Project>('GET', `/tasks/projects/${report.projectId}`);
    const shown = await board(ben);
    expect(shown.columns.map(({ name }) => name)).toEqual(['Ideas', 'To do', 'Doing', 'Review', 'Done']);
    const cards = shown.columns.flatMap((column) => column.cards);
    expect(cards.length).toBe(report.tasks);
    expect(cards.length).toBeGreaterThanOrEqual(CARDS * 0.98); // archived cards are not taken over as open ones
  });

  it('watch the board, and see a move of the other in under 100 ms', async () => {
    boards = { ana: ana.stream(`/tasks/stream?project=${project.id}`), ben: ben.stream(`/tasks/stream?project=${project.id}`) };
    await Promise.all([boards.ana.connected(), boards.ben.connected()]);
    const [from, to] = (await board(ana)).columns;
    const delays: number[] = [];
    for (const card of (from?.cards ?? []).slice(0, MOVES)) {
      const begin = performance.now();
      const moved = ana.must<Task>('POST', `/tasks/${card.id}/move`, { columnId: to?.id }, { 'if-match': `"${card.version}"` });
      const seen = await boards.ben.find(({ data }) => eventOf(data).type === 'task.moved' && eventOf(data).taskId === card.id);
      delays.push(seen.at - begin);
      await moved;
    }
    delays.sort((a, b) => a - b);
    const median = delays[Math.floor(delays.length / 2)] as number;
    console.log(
      `from the request of a move to the other's event: median ${median.toFixed(1)} ms, most ${delays.at(-1)?.toFixed(1)} ms (${MOVES} moves)`,
    );
    expect(median).toBeLessThan(100);
  });

  it('mention each other: once in the inbox, once by e-mail, once by webhook', async () => {
    const webhook = await ana.must<Static<typeof WebhookWithSecret>>('POST', '/notifications/webhooks', {
      workspaceId: project.workspaceId,
      name: 'chat',
      url: world.webhookUrl,
      eventTypes: ['comment.created'],
    });
    expect(webhook.secret).toMatch(/^whsec_/);
    const card = (await board(ana)).columns[1]?.cards[0];
    const comment = await ana.must<Comment>('POST', `/tasks/${card?.id}/comments`, { body: `@${ben.handle} can you take this over?` });

    const inbox = () => ben.must<Static<typeof InboxPage>>('GET', '/notifications/inbox?reason=mentioned');
    const mails = () => world.mails.filter(({ to }) => to.includes(ben.email));
    await until(async () => (await inbox()).items.length > 0, { what: 'the notification' });
    await until(() => mails().length > 0, { what: 'the e-mail' });
    await until(() => world.webhookCalls.length > 0, { what: 'the webhook call' });
    // A second mention arrives behind the first: when it is there, a second copy of the first would be too.
    await ana.must('POST', `/tasks/${card?.id}/comments`, { body: `@${ben.handle} please` });
    await until(async () => (await inbox()).items.length > 1 && mails().length > 1 && world.webhookCalls.length > 1, {
      what: 'the second mention',
    });

    expect((await inbox()).items.map(({ taskId, excerpt }) => ({ taskId, excerpt }))).toEqual([
      { taskId: card?.id, excerpt: `@${ben.handle} please` },
      { taskId: card?.id, excerpt: comment.body },
    ]);
    expect(mails()).toHaveLength(2);
    expect(world.webhookCalls).toHaveLength(2);
    expect(world.webhookCalls[0]?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('are told when somebody else was faster, and nothing is overwritten', async () => {
    const card = (await board(ana)).columns[2]?.cards[0];
    const path = `/tasks/${card?.id}`;
    const seen = { 'if-match': `"${card?.version}"` };
    const first = await ana.must<Task>('PATCH', path, { title: 'As Ana sees it' }, seen);
    const second = await ben.call<ProblemDocument>('PATCH', path, { title: 'As Ben sees it' }, seen);
    expect(second.status).toBe(412);
    expect(second.body).toMatchObject({ code: 'precondition_failed', current: { title: 'As Ana sees it', version: first.version } });
    expect((await ben.call('PATCH', path, { title: 'Unconditionally' })).status).toBe(428);
    expect(await ben.must<Task>('GET', path)).toMatchObject({ title: 'As Ana sees it', version: first.version });
  });

  it('are shut out of what is not theirs', async () => {
    const eve = await world.person('Eve');
    for (const path of [`/tasks/projects/${project.id}`, `/tasks/projects/${project.id}/board`, `/metrics/projects/${project.id}/flow`]) {
      expect(await eve.call('GET', path)).toMatchObject({ status: 404 });
    }
    expect((await eve.call('GET', '/internal/users?ids=x')).status).toBe(404);
    const stranger = await fetch(`${world.system.gatewayUrl}/tasks/projects`);
    expect(stranger.status).toBe(401);
    await eve.must('POST', '/auth/logout');
    expect((await eve.call('GET', '/auth/me')).status).toBe(401);
  });

  it('can read the whole API in one place', async () => {
    const document = await ana.must<{ paths: object; servers: Array<{ url: string }> }>('GET', '/openapi.json');
    await expectValidOpenApi(document);
    expect(document.servers).toEqual([expect.objectContaining({ url: '/api' })]);
    const prefixes = new Set(Object.keys(document.paths).map((path) => path.split('/')[1]));
    expect([...prefixes].sort()).toEqual(['auth', 'health', 'metrics', 'notifications', 'tasks']);
    expect((await ana.call('GET', '/docs')).body).toContain('TaskFlow API');
  });

  it('see the flow of their project, the health of the services, and leave records that verify', async () => {
    await until(async () => (await ana.call('GET', `/metrics/projects/${project.id}/flow`)).status === 200, { what: 'flow' });
    await until(
      async () => {
        const { targets } = await ana.must<{ targets: Array<{ target: string; state: string }> }>('GET', '/metrics/status');
        return targets.some(({ target, state }) => target === 'metrics' && state === 'up');
      },
      { what: 'a health report' },
    );
    const administrator = await world.administrator();
    await until(
      async () => {
        const page = await administrator.must<{ items: Array<{ actorId: string; leafIndex: number | null }> }>(
          'GET',
          `/auth/audit?actorId=${ana.id}`,
        );
        return page.items.length > 0 && page.items.every(({ leafIndex }) => leafIndex !== null);
      },
      { what: 'the audit records' },
    );
    expect((await ben.call('GET', '/auth/audit')).status).toBe(403);
    await verifyAuditLog(world.system);
    await Promise.all([boards.ana.close(), boards.ben.close()]);
  });
});
