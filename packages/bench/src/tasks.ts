import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project, Task } from '@taskflow/contracts/tasks';
import type { Person } from '@taskflow/e2e/person';
import { World } from '@taskflow/e2e/world';
import autocannon from 'autocannon';
import postgres, { type Sql } from 'postgres';
import { canMeasureProcesses, processorSeconds, start } from './processes.ts';
import { percentile, type Row, type Table } from './table.ts';

const BARE_PORT = 25_110;
const CONNECTIONS = 20;
const SECONDS = 4;
const ROUNDS = 3;
/** Tasks in one workspace, a thousand in each project. */
const SIZES = [10_000, 100_000, 1_000_000];
const IN_A_PROJECT = 1000;
const TRIES = 200;

/** Tasks beside the least handler that runs the same statement, and as its tables grow. */
export async function tasks(): Promise<Table> {
  if (!canMeasureProcesses) throw new Error('processor time of another process is read from /proc: this needs Linux');
  const world = await World.start({ portOffset: 14_000, environment: { RATE_LIMIT_USER: '10000000', RATE_LIMIT_ADDRESS: '10000000' } });
  const databaseUrl = readFileSync(join(world.system.secretsFolder('tasks'), 'database-url'), 'utf8').trim();
  const sql = postgres(databaseUrl, { max: 2, onnotice: () => {} });
  try {
    const ana = await world.person('Ana');
    const { accessToken } = await ana.must<{ accessToken: string }>('POST', '/auth/login', ana.credentials);
    const client = new Client(`http://127.0.0.1:${world.system.port('tasks')}`, accessToken);
    const workspaceId = (await ana.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]!.id;
    const rows = [
      ...(await besideBare(client, world.system.pid('tasks')!, databaseUrl, await makeTask(ana, workspaceId))),
      ...(await growth(client, sql, ana, workspaceId)),
    ];
    return {
      method:
        `reads by ${CONNECTIONS} connections, ${ROUNDS} × ${SECONDS} s each in turn; then one request at a time, median of ${TRIES}, with ` +
        `${SIZES.map((size) => size.toLocaleString('en')).join(', ')} tasks in one workspace, ${IN_A_PROJECT} in a project`,
      rows,
    };
  } finally {
    await sql.end();
    await world.stop();
  }
}

class Client {
  readonly url: string;
  readonly headers: Record<string, string>;

  constructor(url: string, token: string) {
    this.url = url;
    this.headers = { authorization: `Bearer ${token}` };
  }

  async call<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...this.headers, ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text.slice(0, 200)}`);
    return JSON.parse(text) as T;
  }
}

const makeProject = (ana: Person, workspaceId: string, key: string) =>
  ana.must<Project>('POST', '/tasks/projects', { key, name: key, workspaceId });

async function makeTask(ana: Person, workspaceId: string): Promise<Task> {
  const { id } = await makeProject(ana, workspaceId, 'READ');
  return ana.must<Task>('POST', `/tasks/projects/${id}/tasks`, { title: 'Read again and again', description: 'x'.repeat(500) });
}

async function besideBare(client: Client, pid: number, databaseUrl: string, { id }: Task): Promise<Row[]> {
  const bare = await start(process.execPath, [join(import.meta.dirname, 'bare-handler.ts'), String(BARE_PORT), databaseUrl], {
    ready: `http://127.0.0.1:${BARE_PORT}/tasks/${id}`,
  });
  const sides = [
    { name: 'tasks', pid, url: `${client.url}/tasks/${id}`, headers: client.headers, rates: [] as number[], processor: [] as number[] },
    {
      name: 'bare',
      pid: bare.pid,
      url: `http://127.0.0.1:${BARE_PORT}/tasks/${id}`,
      headers: {},
      rates: [] as number[],
      processor: [] as number[],
    },
  ];
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const side of sides) {
        const before = processorSeconds(side.pid);
        const result = await autocannon({
          url: side.url,
          headers: side.headers,
          connections: CONNECTIONS,
          duration: round === 0 ? 2 : SECONDS,
        });
        if (result.non2xx + result.errors > 0) throw new Error(`${side.name}: ${result.non2xx + result.errors} requests failed`);
        if (round === 0) continue; // warm
        side.rates.push(result.requests.average);
        side.processor.push(((processorSeconds(side.pid) - before) / result.requests.total) * 1e6);
      }
    }
  } finally {
    await bare.stop();
  }
  const [own, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const middle = (values: number[]) => percentile(values, 0.5);
  return [
    { what: 'reading a task: requests a second', value: middle(own.rates), unit: '/s' },
    { what: 'reading a task: processor time a request', value: middle(own.processor), unit: 'µs' },
    { what: 'the bare handler: requests a second', value: middle(other.rates), unit: '/s' },
    { what: 'the bare handler: processor time a request', value: middle(other.processor), unit: 'µs' },
    { what: 'requests a second, tasks to the bare handler', value: middle(own.rates) / middle(other.rates), unit: '×', aim: -0.7 },
  ];
}

/** Rows as the API makes them, without its events; a thousand words between them. */
async function fill(sql: Sql, ana: Person, workspaceId: string, from: number, to: number): Promise<void> {
  const first = from / IN_A_PROJECT;
  const last = to / IN_A_PROJECT - 1;
  await sql`
    with made as (
      insert into projects (id, workspace_id, key, name, created_by, last_number)
      select gen_random_uuid(), ${workspaceId}, 'G' || place, 'Grown ' || place, ${ana.id}, ${IN_A_PROJECT} from generate_series(${first}::int, ${last}::int) as place
      returning id, key
    ), made_columns as (
      insert into columns (id, project_id, name, category, position)
      select gen_random_uuid(), made.id, name, category, position
      from made cross join (values ('To do', 'todo', 0), ('In progress', 'active', 1), ('Done', 'done', 2)) as kind (name, category, position)
      returning id, project_id, position
    )
    insert into tasks (id, workspace_id, project_id, number, human_id, title, column_id, rank, created_by)
    select gen_random_uuid(), ${workspaceId}, made.id, number, made.key || '-' || number,
           'Task about word' || (number * 7919 % 1000) || ' and word' || (number * 104729 % 1000), made_columns.id, rank_head(number), ${ana.id}
    from made join made_columns on made_columns.project_id = made.id and made_columns.position = 0
         cross join generate_series(1, ${IN_A_PROJECT}) as number`;
  // As autovacuum would a little later: after so many rows at once the search index still has most of them in its pending list.
  await sql`vacuum (analyze) projects, columns, tasks`;
}

async function growth(client: Client, sql: Sql, ana: Person, workspaceId: string): Promise<Row[]> {
  const times: Record<string, number[]> = {};
  let reached = 0;
  for (const size of SIZES) {
    await fill(sql, ana, workspaceId, reached, size);
    reached = size;
    const [found] = await sql<Array<{ id: string; taskId: string }>>`
      select p.id, t.id as "taskId" from projects p join tasks t on t.project_id = p.id where p.key = 'G5' limit 1`;
    const { columns } = await client.call<Project>('GET', `/tasks/projects/${found!.id}`);
    let moved = await client.call<Task>('GET', `/tasks/${found!.taskId}`);
    const move = async () => {
      const columnId = columns[moved.columnId === columns[1]!.id ? 2 : 1]!.id;
      moved = await client.call<Task>('POST', `/tasks/${moved.id}/move`, { columnId }, { 'if-match': `"${moved.version}"` });
    };
    const operations: Record<string, (index: number) => Promise<unknown>> = {
      'read by id': () => client.call('GET', `/tasks/${found!.taskId}`),
      'read by human id': (index) => client.call('GET', `/tasks/G${index % 9}-${(index % 900) + 1}`),
      create: (index) =>
        client.call(
          'POST',
          `/tasks/projects/${found!.id}/tasks`,
          { title: `Made ${index}`, columnId: columns[2]!.id },
          { 'idempotency-key': randomUUID() },
        ),
      move,
      'list page of 50': () => client.call('GET', `/tasks/projects/${found!.id}/tasks?limit=50`),
      'board of 1,000': () => client.call('GET', `/tasks/projects/${found!.id}/board`),
      'search: what is open and mine': () => client.call('GET', '/tasks/search?q=assignee:me%20is:open&limit=50'),
      'search: two words': (index) =>
        client.call('GET', `/tasks/search?q=word${100 + (index % 900)}%20word${100 + ((index * 7) % 900)}&limit=50`),
    };
    for (const [name, run] of Object.entries(operations)) {
      for (let warm = 1; warm <= 20; warm++) await run(warm);
      const taken: number[] = [];
      for (let index = 1; index <= TRIES; index++) {
        const begun = performance.now();
        await run(index);
        taken.push(performance.now() - begun);
      }
      times[name] = [...(times[name] ?? []), percentile(taken, 0.5)];
    }
  }
  return Object.entries(times).flatMap(([name, medians]): Row[] => [
    ...medians.map((value, index) => ({ what: `${name}, ${SIZES[index]!.toLocaleString('en')} tasks`, value, unit: 'ms' })),
    { what: `${name}: most to least`, value: medians.at(-1)! / medians[0]!, unit: '×', aim: 1.3 },
  ]);
}
