import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '@taskflow/http/secret';
import { testSecrets } from '@taskflow/testing/service';
import { v7 } from 'uuid';
import { expect, it } from 'vitest';
import { seal, sign, unseal, verify } from '../src/keys.ts';
import { readUnsubscribeToken, unsubscribeToken } from '../src/unsubscribe-token.ts';

const keyOf = (value: string): Secret => new Secret(testSecrets({ key: value }), 'key');
const [older, both, newer] = [keyOf('old-key'), keyOf('new-key\nold-key'), keyOf('new-key')];

it('opens only what was sealed with one of its keys, for the same webhook, and unchanged', () => {
  const id = v7();
  const sealed = seal(older, id, 'whsec_abc');
  expect(sealed.includes('whsec')).toBe(false);
  expect(unseal(older, id, sealed)).toBe('whsec_abc');
  expect(unseal(both, id, sealed)).toBe('whsec_abc');
  expect(unseal(newer, id, seal(both, id, 'whsec_abc'))).toBe('whsec_abc');
  expect(() => unseal(newer, id, sealed)).toThrow(/no longer in notifications-signing-key/);
  expect(() => unseal(older, v7(), sealed)).toThrow();
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index]! ^= 1;
    expect(() => unseal(older, id, changed)).toThrow();
  }
  expect(seal(older, id, 'whsec_abc').equals(sealed)).toBe(false);
});

it('recognises only its own links, also those of the older key', () => {
  const subscription = { userId: v7(), list: 'mentioned' as const };
  const token = unsubscribeToken(older, subscription);
  expect(readUnsubscribeToken(older, token)).toEqual(subscription);
  expect(readUnsubscribeToken(both, token)).toEqual(subscription);
  expect(readUnsubscribeToken(newer, token)).toBeUndefined();
  for (let index = 0; index < token.length; index++) {
    const changed = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1);
    expect(readUnsubscribeToken(older, changed), `${index}`).toBeUndefined();
  }
  expect(verify(older, sign(older, 'something else'))).toBe('something else');
  expect(readUnsubscribeToken(older, sign(older, 'something else'))).toBeUndefined();
});

it('takes up a key that is rotated while it runs', async () => {
  const directory = testSecrets({ key: 'old-key' });
  const secret = new Secret(directory, 'key');
  const changed = new Promise<void>((resolve) => secret.onChange(resolve));
  writeFileSync(join(directory, 'key'), 'new-key\nold-key');
  await changed;
  expect(verify(newer, sign(secret, 'text'))).toBe('text');
});
