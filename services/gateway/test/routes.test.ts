import { expect, it } from 'vitest';
import { testGateway } from './gateway.ts';

const { url, auth, tasks, notifications, metrics } = await testGateway();

it('sends each prefix to its service and keeps it', async () => {
  for (const [name, backend] of Object.entries({ auth, tasks, notifications, metrics })) {
    backend.handle = (request, response) => response.end(`${name} ${request.url}`);
    expect(await (await fetch(`${url}/${name}/some/thing?a=1&b=%2F`)).text()).toBe(`${name} /${name}/some/thing?a=1&b=%2F`);
    expect(await (await fetch(`${url}/${name}`)).text()).toBe(`${name} /`);
  }
});

it('exchanges a cookie for an access token', async () => {
  const account = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), sv: 1 };
  auth.accounts.set('a-cookie', account);
  tasks.handle = (request, response) => response.end(JSON.stringify(request.headers));
  const headers = (await (await fetch(`${url}/tasks/projects`, { headers: { cookie: 'taskflow=a-cookie' } })).json()) as Record<
    string,
    string
  >;
  expect(headers.cookie).toBeUndefined();
  expect(headers.authorization).toMatch(/^Bearer ey/);
});
