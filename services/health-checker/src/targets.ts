/** Something to probe: a TaskFlow service by the status document at http(s)://…/, or a port by tcp://host:port. */
export interface Target {
  name: string;
  url: URL;
}

/** A target that cannot be probed as it is written. */
export class TargetError extends Error {
  override name = 'TargetError';
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * @param texts each `name=url`
 * @throws TargetError naming the first that is wrong and what is expected
 */
export function parseTargets(texts: string[]): Target[] {
  const targets = texts.map(parseTarget);
  const twice = targets.find(({ name }, at) => targets.findIndex((other) => other.name === name) !== at);
  if (twice) throw new TargetError(`there are two targets named ${twice.name}`);
  return targets;
}

function parseTarget(text: string): Target {
  const wrong = (reason: string) => new TargetError(`${text} ${reason}: expected name=http://host:port/ or name=tcp://host:port`);
  const at = text.indexOf('=');
  const [name, address] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 0 || !NAME.test(name)) throw wrong('does not begin with a name');
  if (!URL.canParse(address)) throw wrong('has no valid address');
  const url = new URL(address);
  if (!['http:', 'https:', 'tcp:'].includes(url.protocol)) throw wrong(`has the unknown scheme ${url.protocol}`);
  if (url.hostname === '' || (url.protocol === 'tcp:' && url.port === '')) throw wrong('lacks a host or port');
  // Targets are shown and logged.
  if (url.username || url.password) throw new TargetError(`target ${name} has credentials in its address: leave them out`);
  return { name, url };
}
