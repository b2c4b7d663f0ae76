import { connect, type Socket } from 'node:net';

/** A connection on which a test says exactly what it wants, byte for byte. */
export class RawConnection {
  readonly socket: Socket;
  received = '';
  closed = false;
  #changed: Array<() => void> = [];

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port) });
    this.socket.setEncoding('latin1');
    const changed = () => {
      for (const wake of this.#changed.splice(0)) wake();
    };
    this.socket.on('data', (text) => {
      this.received += text;
      changed();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      changed();
    });
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Resolves when the text received so far fulfils the condition, or the other side has closed. */
  async until(condition: (received: string) => boolean): Promise<string> {
    while (!condition(this.received) && !this.closed) await new Promise<void>((resolve) => this.#changed.push(resolve));
    return this.received;
  }

  async end(): Promise<string> {
    return this.until(() => false);
  }
}

/** Sends these bytes and returns all that comes back until the other side closes. */
export async function exchangeRaw(url: string, text: string): Promise<string> {
  return new RawConnection(url).send(text).end();
}

export const statusOf = (received: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1]);
