import { once } from 'node:events';
import { connect, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface SocketOptions {
  host: string;
  port: number;
  /** as libpq's sslmode: `require` encrypts, `verify-full` also checks who the server is; plain when not set */
  ssl?: 'require' | 'verify-full' | undefined;
  /** milliseconds after which an answer is overdue; 0 for never */
  silenceMs: number;
}

const NEGOTIATION_MS = 5000;
/** https://www.postgresql.org/docs/17/protocol-message-formats.html, SSLRequest */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A connection to PostgreSQL for postgres.js, which never rejects: it would count the connection as being made for ever. */
export async function openSocket({ host, port, ssl, silenceMs }: SocketOptions): Promise<Socket> {
  const socket = connect(port, host);
  if (!ssl) return watch(socket, silenceMs);
  try {
    await negotiateTls(socket);
    const servername = isIP(host) ? {} : { servername: host };
    return watch(connectTls({ socket, ...servername, rejectUnauthorized: ssl !== 'require' }), silenceMs);
  } catch (error) {
    socket.destroy();
    return watch(new Socket(), silenceMs, error); // unconnected: the first write to it fails
  }
}

async function negotiateTls(socket: Socket): Promise<void> {
  const signal = AbortSignal.timeout(NEGOTIATION_MS);
  await once(socket, 'connect', { signal });
  socket.write(SSL_REQUEST);
  const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
  // More than the one byte was not sent by the server, but by someone in between (CVE-2021-23222).
  if (answer.toString('latin1') !== 'S') throw Object.assign(new Error('PostgreSQL does not offer TLS'), { code: 'CONNECTION_NO_TLS' });
}

/**
 * Breaks the connection when an answer is overdue. The server ends statements that take too long, but one that hangs or
 * is cut off without a word cannot, and TCP itself waits a quarter of an hour.
 *
 * It also reports an error together with its end. Node reports them one after the other, and postgres.js 3.4.9 takes a
 * statement in between: nobody rejects it, and the next connection's greeting resolves it as if it had been done.
 */
function watch(socket: Socket, silenceMs: number, failure?: unknown): Socket {
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...values: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === 'error') {
      failure ??= values[0];
      return true;
    }
    if (event === 'close' && failure) emit('error', failure);
    return emit(event, ...values);
  };
  let answered = 0;
  socket.on('data', () => {
    answered = socket.bytesWritten;
  });
  socket.setTimeout(silenceMs, () => {
    const silence = Object.assign(new Error(`PostgreSQL has not answered for ${silenceMs} ms`), { code: 'CONNECTION_SILENT' });
    if (socket.bytesWritten > answered) socket.destroy(silence);
  });
  return socket;
}
