import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddress from '@fastify/proxy-addr';
import { SettingsError } from '@taskflow/http/settings';

/** Where a request came from, as far as it can be believed. */
export interface Origin {
  address: string;
  protocol: 'http' | 'https';
  host: string;
}

const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * X-Forwarded-* is believed only of trusted peers; the client is then the last address that no trusted proxy vouches for.
 * @param trusted addresses and CIDR ranges, separated by commas
 * @throws SettingsError for anything else
 */
export function createOriginReader(trusted: string): (request: IncomingMessage) => Origin {
  const trusts = compile(trusted);
  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? '');
    const believed = trusts(peer, 0);
    const first = (name: string) =>
      believed
        ? String(request.headers[name] ?? '')
            .split(',')[0]!
            .trim()
        : '';
    const client = believed ? plain(proxyAddress(request, trusts)) : peer;
    const host = first('x-forwarded-host') || (request.headers.host ?? '');
    return {
      address: isIP(client) ? client : peer,
      protocol: first('x-forwarded-proto') === 'https' ? 'https' : 'http',
      host: HOST.test(host) ? host : '',
    };
  };
}

function compile(trusted: string): (address: string, index: number) => boolean {
  try {
    return proxyAddress.compile(trusted.split(/[\s,]+/).filter(Boolean));
  } catch (error) {
    throw new SettingsError(
      `TRUSTED_PROXIES is ${JSON.stringify(trusted)}: expected addresses or CIDR ranges (${(error as Error).message})`,
    );
  }
}

/** What one subscriber holds: an IPv4 address, or the /64 network of an IPv6 address. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const groups = tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** IPv4 in IPv6 notation is IPv4. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
