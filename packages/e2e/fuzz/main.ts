import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project, Task } from '@taskflow/contracts/tasks';
import type { Person } from '../src/person.ts';
import { World } from '../src/world.ts';

/*
 * Sends what the merged OpenAPI document allows, and what it does not, to the whole product, in every role: no answer may be a 5xx,
 * have a status or a shape that is not declared, or take what the document forbids. By schemathesis (Hadjidj, Hatfield-Dodds and
 * others, https://schemathesis.io), which is installed beside the other dependencies when there is Python.
 *
 * `npm run fuzz`, `npm run fuzz -- --seed 7 --examples 200`
 */

const VERSION = '4.32.5';
const FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/schemathesis');
const COMMAND = join(FOLDER, 'bin', 'schemathesis');

const option = (name: string, fallback: string) => process.argv[process.argv.indexOf(`--${name}`) + 1 || -1] ?? fallback;
const seed = option('seed', '1');
const examples = option('examples', '25');

/** What would end the role's own token or session, and streams that never end. */
const LEFT_OUT = 'stream|/auth/logout|/auth/sessions|/auth/password$|/auth/tokens/';

function install(): void {
  if (existsSync(COMMAND)) return;
  console.log(`Installing schemathesis ${VERSION} (once) …`);
  for (const [command, ...arguments_] of [
    ['python3', '-m', 'venv', FOLDER],
    [join(FOLDER, 'bin', 'pip'), 'install', '--quiet', `schemathesis==${VERSION}`],
  ] as Array<[string, ...string[]]>) {
    const { status, error } = spawnSync(command, arguments_, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${arguments_[0]} failed: fuzzing needs Python 3.10 or newer with venv`, { cause: error });
  }
}

interface Role {
  name: string;
  token: string | undefined;
}

interface Seeds {
  workspaceId: string;
  project: Project;
  task: Task;
}

const token = async (person: Person): Promise<string> =>
  (await person.must<{ token: string }>('POST', '/auth/tokens', { name: 'fuzz', scopes: ['read', 'write', 'admin'] })).token;

/** Somebody of each kind, around one project. */
async function makeRoles(world: World): Promise<{ roles: Role[]; seeds: Seeds }> {
  const owner = await world.person('Owner');
  const workspaceId = (await owner.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]!.id;
  const project = await owner.must<Project>('POST', '/tasks/projects', { key: 'FUZZ', name: 'Fuzz', workspaceId });
  const task = await owner.must<Task>('POST', `/tasks/projects/${project.id}/tasks`, { title: 'Seed' });
  const join = async (name: string, role: string) => {
    const person = await world.person(name);
    const { token } = await owner.must<{ token: string }>('POST', `/auth/workspaces/${workspaceId}/invitations`, { role });
    await person.must('POST', '/auth/invitations/accept', { token });
    await person.signIn();
    return person;
  };
  const member = await join('Member', 'member');
  const viewer = await join('Viewer', 'guest');
  const { version } = await owner.must<Project>('GET', `/tasks/projects/${project.id}`);
  await owner.must('PUT', `/tasks/projects/${project.id}/members/${viewer.id}`, { role: 'viewer' }, { 'if-match': `"${version}"` });
  const people = { administrator: await world.administrator(), member, viewer, stranger: await world.person('Stranger'), owner };
  const roles = await Promise.all(Object.entries(people).map(async ([name, person]) => ({ name, token: await token(person) })));
  return { roles: [{ name: 'nobody', token: undefined }, ...roles], seeds: { workspaceId, project, task } };
}

/** What schemathesis cannot know: things that are there, and which refusals the document cannot express. */
const configuration = ({ workspaceId, project, task }: Seeds): string => `
[checks]
# A GET with a body is refused as 400 by the gateway, which does not know the operations.
unsupported_method.enabled = false
# A cursor of another list, a time zone, a query, a rule, an earlier version, the fifth password: well-formed, and refused all the same.
positive_data_acceptance.expected-statuses = ["2XX", 400, 401, 403, 404, 409, 412, 422, 429]
# A body that is too long may be too large before it is read.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
# RFC 6585 has a status of its own for a change without If-Match.
missing_required_header.expected-statuses = [400, 401, 403, 404, 415, 422, 428]
${[
  ['^/tasks/projects/\\{id\\}', project.id],
  ['^/tasks/\\{id\\}', task.id],
  ['^/auth/workspaces/\\{id\\}', workspaceId],
  ['^/metrics/projects/\\{id\\}', project.id],
]
  .map(
    ([pattern, id]) => `
[[operations]]
include-path-regex = '${pattern}'
exclude-method = ["DELETE"]
parameters = { "path.id" = "${id}" }`,
  )
  .join('\n')}
`;

/** Patterns that Python's re does not know: \\p{…}, Unicode properties. Their texts are then checked by the service alone. */
async function readDocument(url: string): Promise<string> {
  const document = await (await fetch(`${url}/api/openapi.json`)).json();
  return JSON.stringify(document, (key, value) =>
    key === 'pattern' && typeof value === 'string' && value.includes('\\p{') ? undefined : value,
  );
}

async function fuzz(role: Role, url: string, folder: string): Promise<boolean> {
  console.log(`\n=== as ${role.name}\n`);
  const child = spawn(
    COMMAND,
    [
      ...['--config-file', join(folder, 'schemathesis.toml'), 'run', join(folder, 'openapi.json'), '--url', `${url}/api`],
      ...['--phases', 'examples,coverage,fuzzing', '--max-examples', examples, '--seed', seed, '--workers', '2'],
      ...['--exclude-path-regex', LEFT_OUT, '--suppress-health-check', 'all', '--no-color'],
      ...(role.token ? ['--header', `Authorization: Bearer ${role.token}`] : ['--exclude-checks', 'ignored_auth']),
    ],
    { stdio: 'inherit', cwd: folder },
  );
  const [code] = (await once(child, 'exit')) as [number];
  return code === 0;
}

install();
const folder = mkdtempSync(join(tmpdir(), 'taskflow-fuzz-'));
const world = await World.start({
  portOffset: 15_000,
  frontend: true,
  environment: { RATE_LIMIT_USER: '1000000', RATE_LIMIT_ADDRESS: '1000000', RATE_LIMIT_SIGN_IN: '1000000' },
});
const failed: string[] = [];
try {
  const { roles, seeds } = await makeRoles(world);
  writeFileSync(join(folder, 'openapi.json'), await readDocument(world.system.url));
  writeFileSync(join(folder, 'schemathesis.toml'), configuration(seeds));
  for (const role of roles) if (!(await fuzz(role, world.system.url, folder))) failed.push(role.name);
} finally {
  await world.stop();
  rmSync(folder, { recursive: true });
}
console.log(failed.length === 0 ? '\nnothing found in any role' : `\nsomething was found as ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
