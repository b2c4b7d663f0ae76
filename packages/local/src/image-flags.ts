export interface ImageFlags {
  verbose: boolean;
  help: boolean;
  /** none: that of the engine */
  platforms: string[];
  /** registry and prefix, such as registry.example.org/taskflow */
  push: string | undefined;
  /** the rest, for `docker build` */
  docker: string[];
}

const PLATFORM = /^linux\/[a-z0-9]+(?:\/v\d)?$/;
/** As docker reads it: a host (with a dot, a port, or localhost), then lower-case parts. */
const REGISTRY = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d))(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/i;

/** @throws RangeError with one line that says what is expected */
export function readFlags(args: string[]): ImageFlags {
  const flags: ImageFlags = { verbose: false, help: false, platforms: [], push: undefined, docker: [] };
  const rest = args.flatMap((arg) =>
    /^--(?:platform|push)=/.test(arg) ? [arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1)] : arg,
  );
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') flags.docker.push(...rest.splice(0));
    else if (arg === '--verbose') flags.verbose = true;
    else if (arg === '--help') flags.help = true;
    else if (arg === '--platform') flags.platforms = platformsOf(rest.shift());
    else if (arg === '--push') flags.push = registryOf(rest.shift());
    else flags.docker.push(arg);
  }
  return flags;
}

function platformsOf(value = ''): string[] {
  const platforms = value.split(',');
  if (platforms.every((platform) => PLATFORM.test(platform))) return platforms;
  throw new RangeError(`--platform is "${value}": expected platforms separated by commas, such as linux/amd64,linux/arm64`);
}

function registryOf(value = ''): string {
  const registry = value.replace(/\/$/, '');
  if (REGISTRY.test(registry)) return registry;
  throw new RangeError(`--push is "${value}": expected a registry and a prefix, such as registry.example.org/taskflow`);
}
