import { describe, expect, it } from 'vitest';
import { assertGoodPassword } from '../src/password-policy.ts';
import { hashPassword, needsRehash, verifyPassword } from '../src/passwords.ts';
import { PASSWORD, testAuth } from './auth.ts';

// From the tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

const auth = await testAuth();

describe('Argon2id', () => {
  it('verifies what the reference implementation made, and wants it made anew', async () => {
    expect(await verifyPassword('password', REFERENCE)).toBe(true);
    expect(await verifyPassword('Password', REFERENCE)).toBe(false);
    expect(needsRehash(REFERENCE)).toBe(true);
  });

  it('makes PHC strings with a salt each', async () => {
    const [one, two] = await Promise.all([hashPassword('a password'), hashPassword('a password')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(two).not.toBe(one);
    expect(needsRehash(one)).toBe(false);
    expect(await verifyPassword('a password', one)).toBe(true);
  });

  it('takes a password in whatever Unicode form the keyboard sends', async () => {
    expect(await verifyPassword('Zoë'.normalize('NFD'), await hashPassword('Zoë'.normalize('NFC')))).toBe(true);
  });

  it('answers no when there is no account', async () => {
    expect(await verifyPassword('anything', undefined)).toBe(false);
  });

  it('refuses early when too many wait, and goes on afterwards', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => hashPassword('x')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.reason).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(outcomes.length - refused.length).toBeGreaterThan(20);
    expect(await verifyPassword('x', await hashPassword('x'))).toBe(true);
  });

  it('is made anew at sign-in when the parameters have been raised', async () => {
    const ana = await auth.person();
    await auth.sql`update users set password_hash = ${REFERENCE} where id = ${ana.user.id}`;
    expect((await auth.call('POST', '/auth/login', { email: ana.email, password: 'password' })).status).toBe(200);
    const [user] = await auth.sql`select password_hash as hash from users where id = ${ana.user.id}`;
    expect(user!.hash).toContain('m=19456');
    expect((await auth.call('POST', '/auth/login', { email: ana.email, password: 'password' })).status).toBe(200);
  });
});

describe('the choice of a password', () => {
  const owner = { email: 'ana.example@example.com', name: 'Ana Example' };

  it.each([
    ['common', 'qwertyuiop'],
    ['common with capitals', 'QwertyUIOP'],
    ['a common word with a year', 'Dragon2024!'],
    ['the same again and again', 'aaaaaaaaaaaa'],
    ['a piece again and again', 'abc1abc1abc1'],
    ['counting up', 'abcdefghijkl'],
    ['counting down', '9876543210'],
    ['the e-mail address', 'Ana.Example@example.com'],
    ['its first part', 'ana.example'],
    ['the name', 'ana example'],
    ['the name and a year', 'AnaExample24'],
    ['this product', 'taskflow2026'],
  ])('refuses %s', (_why, password) => {
    expect(() => assertGoodPassword(password, owner)).toThrow(expect.objectContaining({ status: 422, code: 'weak_password' }));
  });

  it.each([PASSWORD, 'kJ8#mq2Lx0', 'Fünf Wörter sind genug', 'ana example likes tea', '4071938265', '🦊🐢🦉🐙🦔🐌🦎🐝🦩🐳'])(
    'takes %s',
    (password) => {
      expect(() => assertGoodPassword(password, owner)).not.toThrow();
    },
  );

  it('refuses hardly any good password by chance', () => {
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      try {
        assertGoodPassword(`${i} things nobody has thought of`, owner);
      } catch {
        refused++;
      }
    }
    expect(refused).toBeLessThan(10);
  });
});
