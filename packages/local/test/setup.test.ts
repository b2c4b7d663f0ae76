import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SETUP = fileURLToPath(new URL('../setup.mjs', import.meta.url));

it('says which commands there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [SETUP, 'fly'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('expected one of: start, dev, test');
});
