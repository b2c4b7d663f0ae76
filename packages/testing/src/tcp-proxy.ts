import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** Stands between a client and a real server, to do to their connections what networks and crashes do. */
export class TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #frozen = false;
  port = 0;
  /** how many clients have connected so far */
  connections = 0;
  /** how often the server's answers were followed by more from a client: round trips */
  turns = 0;
  #last: 'client' | 'server' = 'server';

  constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  /** Takes connections, on the same port each time. */
  async open(): Promise<void> {
    this.#server = createServer((client) => this.#join(client));
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses new connections and resets the present ones, as when the server's process is killed. */
  async close(): Promise<void> {
    this.cut();
    this.#server?.close();
    if (this.#server) await once(this.#server, 'close');
    this.#server = undefined;
  }

  /** Resets the present connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Lets no byte through, without a word to either side, as when a cable is pulled. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #join(client: Socket): void {
    this.connections += 1;
    const server = connect(this.#target.port, this.#target.host);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        const speaker = from === client ? 'client' : 'server';
        if (speaker === 'client' && this.#last === 'server') this.turns += 1;
        this.#last = speaker;
        to.write(chunk);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#frozen) from.pause();
    }
  }
}

/** A proxy before the server of a URL, and the URL that leads through it. */
export async function testTcpProxy(url: string): Promise<{ proxy: TcpProxy; url: string }> {
  const through = new URL(url);
  const proxy = new TcpProxy({ host: through.hostname, port: Number(through.port) });
  await proxy.open();
  afterAll(() => proxy.close());
  through.hostname = '127.0.0.1';
  through.port = String(proxy.port);
  return { proxy, url: through.href };
}
