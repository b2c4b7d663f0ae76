import { SettingsError } from '@taskflow/http/settings';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** Public by its number, yet it answers only inside Azure, with the machine's credentials. */
const AZURE_WIRE_SERVER: Network = ipaddr.parseCIDR('168.63.129.16/32');
/** All that IANA gives out to the Internet; what ipaddr.js does not know by name is outside. */
const GLOBAL_UNICAST: Network = ipaddr.parseCIDR('2000::/3');

/** Networks that webhooks may reach although they are not public. Comma-separated CIDR. @throws SettingsError */
export function parseNetworks(text: string): Network[] {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  return parts.map((part) => {
    if (!ipaddr.isValidCIDR(part))
      throw new SettingsError(`variable WEBHOOK_ALLOWED_NETWORKS has ${part}: expected CIDR such as 10.1.0.0/16`);
    return ipaddr.parseCIDR(part);
  });
}

/**
 * Whether a webhook may go to an address: it must be public (no loopback, private, link-local, shared, multicast, reserved
 * or documentation range, no form that leads to an IPv4 address by another road), or in a network that is allowed.
 * @param address as a socket knows it, IPv4 or IPv6
 */
export function mayReach(address: string, allowed: Network[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  // ::ffff:127.0.0.1 reaches 127.0.0.1, so it is judged as that
  const target = ipaddr.process(address);
  return isIn(target, allowed) || isPublic(target);
}

function isPublic(address: Address): boolean {
  if (isIn(address, [AZURE_WIRE_SERVER])) return false;
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || isIn(address, [GLOBAL_UNICAST]));
}

const isIn = (address: Address, networks: Network[]): boolean =>
  networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network as never, bits));
