// A service as small as can be, which run.test.ts starts as a process.

import { Type } from 'typebox';
import { run } from '../src/run.ts';
import { createServer } from '../src/server.ts';
import { readSettings, serverSettings } from '../src/settings.ts';

await run(async (environment) => {
  const settings = readSettings(
    Type.Object({ ...serverSettings, MAIL_URL: Type.String({ default: 'smtp://user:hunter2@mail' }) }),
    environment,
  );
  const server = await createServer({ service: 'small', description: '', settings });
  server.get('/x/:id', async (request) => {
    request.log.info({ user: { email: 'ana@example.org' }, token: 'hunter2', headers: { cookie: 'hunter2' } }, 'something');
    throw Object.assign(new Error('failed'), { parameters: ['hunter2'] });
  });
  return server;
});
