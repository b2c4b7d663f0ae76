import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Egress } from '../src/webhooks/egress.ts';
import { mayReach, parseNetworks } from '../src/webhooks/networks.ts';
import { CERTIFICATE, trustCertificate } from './certificate.ts';
import { startReceiver } from './receivers.ts';

describe('the networks that a webhook may reach', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:169.254.169.254',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    'localhost',
    '',
  ])('not %s', (address) => {
    expect(mayReach(address, [])).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1', '::ffff:1.1.1.1'])(
    '%s',
    (address) => {
      expect(mayReach(address, [])).toBe(true);
    },
  );

  it('and those that are allowed besides, also written as IPv6', () => {
    const allowed = parseNetworks('10.1.0.0/16, fd12::/16');
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::5']) expect(mayReach(address, allowed)).toBe(true);
    for (const address of ['10.2.0.1', 'fd13::5', '127.0.0.1']) expect(mayReach(address, allowed)).toBe(false);
    expect(() => parseNetworks('10.1.0.0')).toThrow(/WEBHOOK_ALLOWED_NETWORKS has 10\.1\.0\.0/);
  });
});

const LOCAL = parseNetworks('127.0.0.1/32');
const strict = new Egress({ allowedNetworks: [], allowHttp: false, dnsServers: [] });
const local = new Egress({ allowedNetworks: LOCAL, allowHttp: true, dnsServers: [] });
const post = (egress: Egress, url: string, timeoutMs = 2000) => egress.post(url, { 'content-type': 'application/json' }, '{}', timeoutMs);

it('objects to addresses that cannot be right', async () => {
  for (const [url, reason] of [
    ['ftp://example.org', 'not https'],
    ['http://example.org', 'not https'],
    ['example.org', 'absolute'],
    ['https://', 'absolute'],
    ['https://user@example.org', 'credentials'],
    ['https://example.org/#x', 'fragment'],
    ['https://127.0.0.1', 'network'],
    ['https://2130706433', 'network'],
    ['https://0x7f.1', 'network'],
    ['https://[::1]', 'network'],
    ['https://[::ffff:127.0.0.1]/', 'network'],
    ['https://[fe80::1]', 'network'],
    ['https://１２７.0.0.1', 'network'],
  ] as const) {
    expect(strict.objection(url)?.detail, url).toContain(reason);
    expect((await post(strict, url)).error, url).toMatch(/^refused/);
  }
  expect(strict.objection('https://example.org/hook?x=1')).toBeUndefined();
  expect(local.objection('http://127.0.0.1:8080/')).toBeUndefined();
});

describe('a receiver that', () => {
  it('answers: status and the first bytes are kept, 2xx counts', async () => {
    const { url } = await startReceiver((_call, response) => response.writeHead(202).end('a\0b'));
    expect(await post(local, url)).toMatchObject({ status: 202, error: null, answer: 'a\uFFFDb' });
  });

  it('redirects is not followed', async () => {
    const inner = await startReceiver();
    const { url } = await startReceiver((_call, response) => response.writeHead(302, { location: inner.url }).end());
    expect(await post(local, url)).toMatchObject({ status: 302, error: 'answered 302' });
    expect(inner.calls).toEqual([]);
  });

  it('never stops talking is cut off', async () => {
    const { url } = await startReceiver((_call, response) => {
      const more = () => response.destroyed || response.write('x'.repeat(16_384), () => setImmediate(more));
      more();
    });
    const { status, answer, error, durationMs } = await post(local, url, 20_000);
    expect([status, error, answer.length]).toEqual([200, null, 1024]);
    expect(durationMs).toBeLessThan(10_000);
  });

  it('does not answer in time, breaks off, or is not there', async () => {
    const silent = await startReceiver(() => {});
    expect(await post(local, silent.url, 200)).toMatchObject({ status: null, error: 'no answer within 0.2 s' });
    const dripping = await startReceiver((_call, response) => void response.writeHead(200).write('x'));
    expect(await post(local, dripping.url, 200)).toMatchObject({ status: 200, answer: 'x', error: null });
    const breaking = await startReceiver((_call, response) => response.destroy());
    expect(await post(local, breaking.url)).toMatchObject({ status: null, error: 'the connection broke' });
    const floods = await startReceiver((_call, response) => response.writeHead(200, { 'x-large': 'x'.repeat(20_000) }).end());
    expect(await post(local, floods.url)).toMatchObject({ status: null, error: 'no answer (HPE_HEADER_OVERFLOW)' });
    expect(await post(local, 'http://127.0.0.1:1/')).toMatchObject({ status: null, error: 'the connection was refused' });
  });

  it('shows a certificate that nobody vouches for gets nothing', async () => {
    const receiver = await startReceiver(undefined, CERTIFICATE);
    expect(await post(local, receiver.url)).toMatchObject({ status: null, error: expect.stringMatching(/^TLS failed/) });
    expect(receiver.calls).toEqual([]);
    trustCertificate();
    expect(await post(local, receiver.url)).toMatchObject({ status: 200, answer: 'thanks' });
  });

  it('asks for time gets it', async () => {
    const { url } = await startReceiver((_call, response) => response.writeHead(503, { 'retry-after': '30' }).end());
    expect(await post(local, url)).toMatchObject({ status: 503, retryAfter: 30, error: 'answered 503' });
  });
});

describe('a name', () => {
  it('is judged by what it resolves to at each call: rebinding gains nothing', async () => {
    const receiver = await startReceiver();
    const answers: Record<string, string[][]> = {
      'inside.test': [['127.0.0.1']],
      'mixed.test': [['1.1.1.1', '127.0.0.1']],
      // public when it is looked at the first time, ours ever after
      'rebind.test': [['1.1.1.1'], ['127.0.0.1']],
    };
    const dns = await startDns((name) => {
      const list = answers[name] ?? [[]];
      return list.length > 1 ? list.shift()! : list[0]!;
    });
    const guarded = new Egress({ allowedNetworks: [], allowHttp: true, dnsServers: [dns] });
    const at = (name: string) => `http://${name}:${receiver.port}/`;
    expect((await post(guarded, at('inside.test'))).error).toMatch(/^refused/);
    expect((await post(guarded, at('mixed.test'))).error).toMatch(/^refused/);
    expect((await post(guarded, at('nowhere.test'))).error).toBe('this name has no address');
    await post(guarded, at('rebind.test'), 300); // goes to 1.1.1.1, or nowhere
    expect((await post(guarded, at('rebind.test'))).error).toMatch(/^refused/);
    expect(receiver.calls).toEqual([]);
    const allowing = new Egress({ allowedNetworks: LOCAL, allowHttp: true, dnsServers: [dns] });
    expect(await post(allowing, at('inside.test'))).toMatchObject({ status: 200 });
    expect(receiver.calls).toHaveLength(1);
    expect(receiver.calls[0]!.headers.host).toBe(`inside.test:${receiver.port}`);
  });
});

/** A name server that answers A queries as told, and all others with nothing. @returns its address */
async function startDns(resolve: (name: string) => string[]): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString());
      at += length + 1;
    }
    const question = query.subarray(12, at + 5);
    const addresses = query.readUInt16BE(at + 1) === 1 ? resolve(labels.join('.')) : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((text) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...text.split('.').map(Number)]));
    socket.send(Buffer.concat([header, question, ...records]), port, address);
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
  afterAll(() => void socket.close());
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}
