import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** Types of messages and of AuthenticationOk: https://www.postgresql.org/docs/17/protocol-message-formats.html */
const AUTHENTICATION = 0x52; // R
const AUTHENTICATION_OK = 0;
const ERROR_RESPONSE = 0x45; // E
/** Bytes before a message's body: its type and its length, which counts itself. */
const HEADER = 5;
const INVALID_PASSWORD = '28P01';

const inUse = new AsyncLocalStorage<string>();

/**
 * The password of the connection whose answer is being handled: what a socket brings about runs in the context in which it
 * was opened, and postgres.js asks for the password without saying for which of its connections.
 */
export const passwordInUse = (): string => inUse.getStore() ?? '';

/**
 * Opens a connection that logs in with the first of the passwords that the server accepts. A refused one closes the
 * connection; the next is tried on another, to which the start-up message is sent again, and postgres.js answers its
 * challenge as if it were the first. So no statement fails while a role's password is being changed, at whatever moment.
 * @param open never rejects
 * @param accepted is told which it was, where there was a choice
 */
export async function openLogin(open: () => Promise<Socket>, passwords: string[], accepted: (password: string) => void): Promise<Socket> {
  const [first, ...others] = passwords as [string, ...string[]];
  const socket = await inUse.run(first, open);
  if (others.length === 0) return socket;
  // The first once more: the password may have been changed after it was refused and before the others were.
  return new LoginSocket(socket, { open, attempts: [...passwords, first], accepted }) as unknown as Socket;
}

interface Login {
  open: () => Promise<Socket>;
  /** passwords */
  attempts: string[];
  accepted: (password: string) => void;
}

/** As much of a socket as postgres.js uses. */
class LoginSocket extends EventEmitter {
  readonly #login: Login;
  #socket: Socket;
  #attempt = 0;
  #startup: Buffer | undefined;
  /** the beginning of a message; undefined once the server has decided */
  #undecided: Buffer | undefined = Buffer.alloc(0);
  #ended: { reason?: Error | undefined } | undefined;

  constructor(socket: Socket, login: Login) {
    super();
    this.#login = login;
    this.#socket = socket;
    this.#attach();
  }

  write(chunk: Buffer, callback?: (error?: Error | null) => void): boolean {
    this.#startup ??= chunk;
    return this.#socket.write(chunk, callback);
  }

  end(chunk: Buffer): void {
    this.#socket.end(chunk);
  }

  destroy(reason?: Error): void {
    this.#ended ??= { reason };
    this.#socket.destroy(reason);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  setKeepAlive(): void {} // #attach has

  get readyState(): string {
    return this.#socket.readyState;
  }

  #attach(): void {
    this.#socket
      .setKeepAlive(true, 60_000)
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('drain', () => this.emit('drain'))
      .on('error', (error) => this.emit('error', error))
      .on('close', (hadError) => this.emit('close', hadError));
  }

  #receive(chunk: Buffer): void {
    if (this.#undecided) this.#look(Buffer.concat([this.#undecided, chunk]));
    else this.emit('data', chunk);
  }

  /** Hands on what the server says, message by message, up to the one that decides. */
  #look(received: Buffer): void {
    let rest = received;
    while (rest.length >= HEADER && rest.length > rest.readUInt32BE(1)) {
      const message = rest.subarray(0, 1 + rest.readUInt32BE(1));
      if (message[0] === ERROR_RESPONSE || (message[0] === AUTHENTICATION && message.readUInt32BE(HEADER) === AUTHENTICATION_OK)) {
        this.#undecided = undefined;
        this.#decide(message, rest);
        return;
      }
      rest = rest.subarray(message.length);
      this.emit('data', message);
    }
    this.#undecided = rest;
  }

  #decide(message: Buffer, rest: Buffer): void {
    const { attempts, accepted } = this.#login;
    const refused = message[0] === ERROR_RESPONSE && sqlState(message) === INVALID_PASSWORD;
    if (refused && this.#attempt + 1 < attempts.length) {
      void this.#tryNext();
    } else if (refused) {
      const error = new Error(`PostgreSQL accepts none of the ${new Set(attempts).size} passwords of the database address`);
      this.destroy(Object.assign(error, { code: INVALID_PASSWORD }));
    } else {
      if (message[0] === AUTHENTICATION) accepted(attempts[this.#attempt] as string);
      this.emit('data', rest);
    }
  }

  async #tryNext(): Promise<void> {
    this.#socket
      .removeAllListeners()
      .on('error', () => {})
      .destroy();
    this.#attempt += 1;
    this.#undecided = Buffer.alloc(0);
    this.#socket = await inUse.run(this.#login.attempts[this.#attempt] as string, this.#login.open);
    this.#attach();
    if (this.#ended) this.#socket.destroy(this.#ended.reason);
    else this.#socket.write(this.#startup as Buffer);
  }
}

/** The SQLSTATE of an ErrorResponse: fields of a letter and a zero-terminated text, where C is the code. */
function sqlState(message: Buffer): string | undefined {
  const fields = message.toString('utf8', HEADER).split('\0');
  return fields.find((field) => field.startsWith('C'))?.slice(1);
}
