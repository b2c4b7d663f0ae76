import { execFileSync, spawnSync } from 'node:child_process';
import { until } from '@taskflow/testing/until';
import { run } from './command.ts';

export const docker = (...args: string[]): Promise<string> => run('docker', args);

export const dockerAnswers = spawnSync('docker', ['version']).status === 0;

/** What every pod of the manifests has: no root, no capability, nothing writable, no way to more rights. */
const HARDENED = ['--read-only', '--user', '65532:65532', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

/** A running container; gone at the end of the block. */
export class Container implements AsyncDisposable {
  readonly id: string;

  private constructor(id: string) {
    this.id = id;
  }

  /** @param options of `docker run`, before the image; ports given as `--publish 127.0.0.1::8080` are found by `address` */
  static async run(image: string, { options = [], command = [] }: { options?: string[]; command?: string[] } = {}): Promise<Container> {
    return new Container((await docker('run', '--detach', ...HARDENED, ...options, image, ...command)).trim());
  }

  /** Where a published port answers on this machine. */
  async address(port: number): Promise<string> {
    const [address = ''] = (await docker('port', this.id, `${port}/tcp`)).trim().split('\n');
    return `http://${address}`;
  }

  /** What it has written to both its outputs. */
  logs(): Promise<string> {
    return run('sh', ['-c', `docker logs ${this.id} 2>&1`]);
  }

  async exitCode(): Promise<number> {
    return Number(await docker('wait', this.id));
  }

  /** As the kubelet does it: the image's own signal, and SIGKILL when the time is up. */
  async stop(seconds: number): Promise<{ exitCode: number; seconds: number }> {
    const begin = performance.now();
    await docker('stop', '--time', String(seconds), this.id);
    const took = (performance.now() - begin) / 1000;
    return { exitCode: await this.exitCode(), seconds: took };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker('rm', '--force', '--volumes', this.id);
  }
}

/** Waits until GET is answered with 200. */
export const answers = (url: string): Promise<true> =>
  until(async () => (await fetch(url)).ok, { ms: 20_000, every: 50, what: `${url} answers` }) as Promise<true>;

export interface Image {
  Config: {
    User: string;
    Healthcheck?: unknown;
    StopSignal: string;
    Entrypoint: string[];
    Env: string[];
    Labels: Record<string, string>;
  };
  RootFS: { Layers: string[] };
}

export async function inspect(image: string): Promise<Image> {
  return JSON.parse(await docker('image', 'inspect', image))[0];
}

/** Every file of an image, by its path without the leading slash. */
export async function filesOf(image: string): Promise<string[]> {
  const id = (await docker('create', image)).trim();
  try {
    const list = execFileSync('sh', ['-c', `docker export ${id} | tar --list`], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return list.split('\n').filter((path) => path && !path.endsWith('/'));
  } finally {
    await docker('rm', id);
  }
}
