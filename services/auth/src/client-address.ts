import { isIP, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * Where the request came from. Only the gateway reaches auth from outside, and it replaces X-Forwarded-For by the address
 * it saw; without the header it is the peer's address.
 */
export function clientAddress(request: FastifyRequest): string {
  const forwarded = String(request.headers['x-forwarded-for'] ?? '')
    .split(',', 1)[0]!
    .trim();
  return (isIP(forwarded) ? forwarded : request.ip).replace(/^::ffff:(?=\d+\.)/i, '');
}

/** What counts as one origin in limits: an IPv6 customer has a /64 at least, and could use a new address every time. */
export function network(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const end = tail === '' ? [] : tail.split(':');
    while (groups.length + end.length < 8) groups.push('0');
    groups.push(...end);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
