import { randomBytes } from 'node:crypto';
import type { CreatedInvitation, JoinedWorkspace } from '@taskflow/contracts/auth';
import type { StreamEvent } from '@taskflow/contracts/feed';
import type { InboxUpdate } from '@taskflow/contracts/notifications';
import type { Comment, Task } from '@taskflow/contracts/tasks';
import { until } from '@taskflow/testing/until';
import type { Static } from 'typebox';
import { type EventStream, reasonOf } from '../src/event-stream.ts';
import type { Person } from '../src/person.ts';
import { seededRandom } from '../src/random.ts';
import { createProject, newcomer, newPerson, type Project } from './product.ts';

export interface LoadOptions {
  /** requests a second, all kinds together */
  rate?: number;
  /** of one workspace, each with a project that the others read and hear of too */
  people?: number;
  /** open event streams, spread over the people; two of three are of /tasks/stream, the others of /notifications/stream */
  streams?: number;
  seed?: number;
}

interface Failure {
  /** RFC 3339, when it was sent */
  at: string;
  /** milliseconds until it failed */
  ms: number;
  /** method and path */
  request: string;
  /** status and body of the answer, or the error of the connection */
  reason: string;
}

/** What happened to the requests that were sent during a piece of work. */
export interface Report {
  what: string;
  seconds: number;
  requests: number;
  /** requests without a 2xx, and streams that could not be opened again at once */
  failures: Failure[];
  /** milliseconds to the end of the answer */
  latency: { p50: number; p99: number; most: number };
  /** streams that were opened again */
  reconnects: number;
}

/** Events of one stream against the writes that were acknowledged. */
interface StreamReport {
  stream: string;
  /** events that had to come */
  expected: number;
  /** how often it was opened */
  connections: number;
  missing: string[];
  doubled: string[];
  /** of writes that were not acknowledged: when no request failed, some write happened twice */
  unexpected: string[];
}

export interface LoadReport extends Report {
  streams: StreamReport[];
}

interface Sent {
  /** performance.now() */
  at: number;
  ms: number;
  request: string;
  failure: string | undefined;
}

interface Member {
  person: Person;
  project: Project;
  /** whom this one mentions in comments */
  mentions: Person;
  /** tasks that nothing is being written to at the moment */
  tasks: Array<Pick<Task, 'id' | 'version'>>;
}

interface OpenStream {
  of: Person;
  kind: 'changes' | 'inbox';
  stream: EventStream;
  expected: Set<string>;
}

/** About so many tasks of one person are there at a time. */
const TASKS = 25;
const TIMER_MS = 5;
/**
 * A connection for each request: nginx before 1.28 closes idle ones at once when it ends, and a client that keeps them must
 * send again what it sent at that moment, which this one does not.
 */
const ALONE = { connection: 'close' };

/**
 * People who work on a project at a constant rate whatever becomes of their requests (an open loop, nothing is repeated), while streams
 * are open whose events are compared with the writes that were acknowledged.
 */
export async function startLoad({ rate = 50, people = 4, streams = 10, seed = 1 }: LoadOptions = {}): Promise<Load> {
  const first = await newcomer();
  const { workspaceId } = first.project;
  const members = [first];
  while (members.length < people) {
    const invitation = await first.person.must<Static<typeof CreatedInvitation>>('POST', `/auth/workspaces/${workspaceId}/invitations`, {});
    const person = await newPerson();
    await person.must<Static<typeof JoinedWorkspace>>('POST', '/auth/invitations/accept', { token: invitation.token });
    members.push({ person, project: await createProject(person, workspaceId) });
  }
  const load = new Load({ members, visitor: await newPerson(), streams, seed });
  await load.begin(rate);
  return load;
}

interface Team extends Pick<Required<LoadOptions>, 'streams' | 'seed'> {
  members: Array<{ person: Person; project: Project }>;
  /** signs in again and again, which ends the session before */
  visitor: Person;
}

export class Load {
  readonly #visitor: Person;
  readonly #members: Member[];
  readonly #streams: OpenStream[];
  readonly #random: () => number;
  readonly #sent: Sent[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #began = 0;

  /** How often each is done. Every service has its part, and two of three are reads; signing in is rare, since the gateway limits it. */
  readonly #mix: Array<{ weight: number; act: (member: Member) => Promise<void> }> = [
    { weight: 8, act: ({ person }) => this.#read(person, `/tasks/projects/${this.#pick(this.#members).project.id}/board`) },
    { weight: 20, act: (member) => this.#readTask(member) },
    { weight: 8, act: ({ person, project }) => this.#read(person, `/tasks/projects/${project.id}/tasks?limit=20`) },
    { weight: 8, act: ({ person }) => this.#read(person, '/tasks/search?q=load%20is:open&limit=20') },
    { weight: 12, act: ({ person }) => this.#read(person, '/notifications/inbox?limit=20') },
    { weight: 4, act: ({ person, project }) => this.#read(person, `/metrics/projects/${project.id}/flow`) },
    { weight: 4, act: ({ person }) => this.#read(person, '/auth/me') },
    { weight: 0.3, act: () => this.#measure('POST /auth/login', () => this.#visitor.signIn(ALONE)) },
    { weight: 8, act: (member) => (member.tasks.length < TASKS ? this.#create(member) : this.#delete(member)) },
    { weight: 8, act: (member) => this.#comment(member) },
    { weight: 10, act: (member) => this.#move(member) },
    { weight: 10, act: (member) => this.#rename(member) },
  ];

  constructor({ members, visitor, streams, seed }: Team) {
    const at = (index: number) => members[index % members.length] as Team['members'][number];
    this.#visitor = visitor;
    this.#members = members.map((member, index) => ({ ...member, mentions: at(index + 1).person, tasks: [] }));
    this.#streams = Array.from({ length: streams }, (_, index) => {
      const of = at(index).person;
      const kind = index % 3 === 2 ? 'inbox' : 'changes';
      return { of, kind, stream: of.stream(kind === 'inbox' ? '/notifications/stream' : '/tasks/stream'), expected: new Set() };
    });
    this.#random = seededRandom(seed);
  }

  /**
   * Waits for the streams, makes the first tasks, and begins with the constant rate.
   * @throws Error when any of it fails
   */
  async begin(rate: number): Promise<void> {
    await Promise.all(this.#streams.map(({ stream }) => stream.connected()));
    for (const member of this.#members) while (member.tasks.length < TASKS) await this.#create(member);
    const interval = 1000 / rate;
    this.#began = performance.now();
    let due = this.#began;
    this.#timer = setInterval(() => {
      for (; due <= performance.now(); due += interval) this.#start();
    }, TIMER_MS);
  }

  /** Reports on the requests that were sent while the work was done. */
  async during(what: string, work: () => Promise<unknown>): Promise<Report> {
    const begin = performance.now();
    await work();
    const end = performance.now();
    await Promise.all(this.#underWay);
    return this.#report(what, begin, end);
  }

  /** Ends the load, waits for the events of all that was acknowledged, and reports on everything since the beginning. */
  async stop(): Promise<LoadReport> {
    clearInterval(this.#timer);
    const end = performance.now();
    await Promise.all(this.#underWay);
    // Streams keep the order of the writes: when the events of these last ones are there, nothing from before is still on its way.
    for (const member of this.#members) await this.#comment(member);
    await until(() => this.#streams.every((each) => compare(each).missing.length === 0), {
      ms: 30_000,
      every: 100,
      what: 'the last event',
    }).catch(() => {}); // the report says what is missing
    const streams = this.#streams.map(compare);
    await Promise.all(this.#streams.map(({ stream }) => stream.close()));
    return { ...this.#report('everything', this.#began, end), streams };
  }

  #start(): void {
    const member = this.#pick(this.#members);
    const act = this.#choose();
    // When all tasks are being written to, which takes slow answers, another one is made.
    const running = (member.tasks.length > 0 ? act(member) : this.#create(member)).finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }

  #choose(): (member: Member) => Promise<void> {
    let point = this.#random() * this.#mix.reduce((sum, { weight }) => sum + weight, 0);
    for (const { weight, act } of this.#mix) {
      point -= weight;
      if (point < 0) return act;
    }
    throw new Error('the weights do not add up');
  }

  #pick<T>(from: T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #take<T>(from: T[]): T {
    return from.splice(Math.floor(this.#random() * from.length), 1)[0] as T;
  }

  async #read(person: Person, path: string): Promise<void> {
    await this.#call(person, 'GET', path);
  }

  /** Nothing else happens to the task meanwhile: once deleted, it could not be read. */
  async #readTask({ person, tasks }: Member): Promise<void> {
    const task = this.#take(tasks);
    await this.#read(person, `/tasks/${task.id}`);
    tasks.push(task);
  }

  async #create({ person, project, tasks }: Member): Promise<void> {
    const task = await this.#call<Task>(person, 'POST', `/tasks/projects/${project.id}/tasks`, { title: 'Load' });
    if (!task) return;
    this.#expect('changes', `task.created ${task.id} ${task.version}`);
    tasks.push(task);
  }

  #move(member: Member): Promise<void> {
    return this.#change(member, 'task.moved', 'POST', '/move', { columnId: this.#pick(member.project.columns).id });
  }

  #rename(member: Member): Promise<void> {
    return this.#change(member, 'task.updated', 'PATCH', '', { title: `Load ${randomBytes(6).toString('hex')}` });
  }

  #delete(member: Member): Promise<void> {
    return this.#change(member, 'task.deleted', 'DELETE', '');
  }

  /** A write that needs If-Match. After a failure nobody knows the task's version, so it is left alone from then on. */
  async #change({ person, tasks }: Member, event: string, method: string, path: string, body?: unknown): Promise<void> {
    const task = this.#take(tasks);
    const answer = await this.#call<Task | ''>(person, method, `/tasks/${task.id}${path}`, body, { 'if-match': `"${task.version}"` });
    if (answer === undefined) return;
    this.#expect('changes', `${event} ${task.id} ${task.version + 1}`);
    if (answer) tasks.push(answer);
  }

  async #comment({ person, mentions, tasks }: Member): Promise<void> {
    const task = this.#take(tasks);
    const body = `@${mentions.handle} please look: ${randomBytes(6).toString('hex')}`;
    const comment = await this.#call<Comment>(person, 'POST', `/tasks/${task.id}/comments`, { body });
    tasks.push(task);
    if (!comment) return;
    this.#expect('changes', `comment.created ${comment.id}`);
    this.#expect('inbox', body, mentions);
  }

  #expect(kind: OpenStream['kind'], key: string, who?: Person): void {
    for (const each of this.#streams) if (each.kind === kind && (!who || each.of === who)) each.expected.add(key);
  }

  /** @returns the body of the answer, undefined after a failure */
  async #call<T>(person: Person, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T | undefined> {
    let answer: T | undefined;
    await this.#measure(`${method} ${path}`, async () => {
      answer = await person.must<T>(method, path, body, { ...ALONE, ...headers });
    });
    return answer;
  }

  async #measure(request: string, call: () => Promise<void>): Promise<void> {
    const at = performance.now();
    const failure = await call().then(() => undefined, reasonOf);
    this.#sent.push({ at, ms: performance.now() - at, request, failure });
  }

  #report(what: string, begin: number, end: number): Report {
    const during = ({ at }: { at: number }) => at >= begin && at < end;
    const sent = this.#sent.filter(during);
    const ms = sent.map((each) => each.ms).sort((a, b) => a - b);
    const opened = this.#streams.flatMap(({ stream }) => stream.attempts.slice(1).filter(during));
    const failures = [
      ...sent.flatMap(({ failure, ...rest }) => (failure ? [{ ...rest, reason: failure }] : [])),
      ...opened.flatMap(({ at, ms, failure }) => (failure ? [{ at, ms, request: 'opening a stream', reason: failure }] : [])),
    ];
    return {
      what,
      seconds: (end - begin) / 1000,
      requests: sent.length,
      failures: failures.map((each) => ({ ...each, at: new Date(performance.timeOrigin + each.at).toISOString() })),
      latency: { p50: quantile(ms, 0.5), p99: quantile(ms, 0.99), most: ms.at(-1) ?? 0 },
      reconnects: opened.filter(({ failure }) => !failure).length,
    };
  }
}

/** What identifies the events that the load expects. */
function keysOf({ kind, stream }: OpenStream): string[] {
  if (kind === 'changes') {
    return stream.events
      .map(({ type, data }) => (type === 'reset' ? type : keyOf(data as StreamEvent)))
      .filter((key) => !key.startsWith('comment.updated ')); // tasks itself, when it learns who was mentioned as soon as they had joined
  }
  return stream.events.flatMap(({ type, data }) => {
    if (type !== 'inbox') return [type];
    return (data as InboxUpdate).items.filter(({ reason }) => reason === 'mentioned').map(({ excerpt }) => excerpt ?? '');
  });
}

const keyOf = ({ type, comment, task }: StreamEvent): string => `${type} ${comment ? comment.id : `${task?.id} ${task?.version}`}`;

function compare(each: OpenStream): StreamReport {
  const seen = keysOf(each);
  const once = new Set<string>();
  const doubled = seen.filter((key) => once.has(key) || !once.add(key));
  return {
    stream: `${each.kind} of ${each.of.handle}`,
    expected: each.expected.size,
    connections: each.stream.connections,
    missing: [...each.expected].filter((key) => !once.has(key)),
    doubled,
    unexpected: [...once].filter((key) => !each.expected.has(key)),
  };
}

const quantile = (sorted: number[], q: number): number => Math.round(sorted[Math.ceil(sorted.length * q) - 1] ?? 0);
