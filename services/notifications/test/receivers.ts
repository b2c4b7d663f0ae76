import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { afterAll } from 'vitest';

export interface ReceivedMail {
  to: string;
  raw: string;
  /** header fields by lower-case name, unfolded */
  headers: Record<string, string>;
}

export interface MailServer {
  url: string;
  mails: ReceivedMail[];
  mailsTo(address: string): ReceivedMail[];
}

/** A real SMTP server; `options` make it misbehave. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData: (stream: SMTPServerDataStream, session: SMTPServerSession, callback) => {
      collect(stream).then((raw) => {
        for (const { address } of session.envelope.rcptTo) mails.push({ to: address, raw, headers: headersOf(raw) });
        callback();
      }, callback); // the client broke off
    },
    ...options,
  });
  server.on('error', () => {}); // clients that break off
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, mails, mailsTo: (address) => mails.filter(({ to }) => to === address) };
}

/** Breaks all connections, as a server does that dies. */
export function breakConnections(server: SMTPServer): void {
  for (const { _socket } of server.connections as unknown as Set<{ _socket: Socket }>) _socket.destroy();
}

export async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf(raw: string): Record<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  return Object.fromEntries(
    head.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

/** The decoded text of one part of a mail, such as text/plain. */
export function partOf({ raw }: ReceivedMail, type: string): string {
  const boundary = /boundary="([^"]+)"/.exec(raw)?.[1] as string;
  const part = raw.split(`--${boundary}`).find((text) => text.includes(`Content-Type: ${type}`)) as string;
  const [head = '', ...rest] = part.replaceAll('\r\n', '\n').split('\n\n');
  const body = rest.join('\n\n').trim();
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
  if (!/quoted-printable/i.test(head)) return body;
  const bytes = body.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export interface ReceivedCall {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface Receiver {
  url: string;
  port: number;
  calls: ReceivedCall[];
}

/** A real HTTP server that takes webhooks; `answer` may misbehave. */
export async function startReceiver(
  answer: (call: ReceivedCall, response: ServerResponse) => void = (_call, response) => response.end('thanks'),
  certificate?: { key: string; cert: string },
): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const call = { url: request.url as string, headers: request.headers as Record<string, string>, body: await collect(request) };
    calls.push(call);
    answer(call, response);
  };
  const server = certificate ? https.createServer(certificate, take) : http.createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}/hook`, port, calls };
}
