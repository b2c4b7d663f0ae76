import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { System, type SystemOptions } from '@taskflow/local/system';
import { SMTPServer } from 'smtp-server';
import { Person } from './person.ts';

/** Far from the usual ports and below the ephemeral ones (from 32768 on). */
const PORT_OFFSET = 11_000;

export interface Mail {
  messageId: string;
  to: string[];
  text: string;
}

export interface WebhookCall {
  id: string;
  headers: IncomingHttpHeaders;
  body: { type: string; data?: unknown };
}

/** A whole TaskFlow in real processes, with a mail server and a webhook receiver beside it. */
export class World {
  readonly system: System;
  readonly mails: Mail[];
  readonly webhookCalls: WebhookCall[];
  readonly webhookUrl: string;
  readonly #cleanUp: Array<() => Promise<unknown>>;
  /** what the processes print and what becomes of them; STORY_LOG=file keeps it */
  readonly #lines: string[];

  private constructor(system: System, mail: MailServer, webhook: WebhookReceiver, lines: string[], cleanUp: Array<() => Promise<unknown>>) {
    this.system = system;
    this.mails = mail.mails;
    this.webhookCalls = webhook.calls;
    this.webhookUrl = webhook.url;
    this.#lines = lines;
    this.#cleanUp = cleanUp;
  }

  static async start(options: Partial<SystemOptions> = {}): Promise<World> {
    const home = mkdtempSync(join(tmpdir(), 'taskflow-story-'));
    chmodSync(home, 0o755); // root's database runs as another user, who must reach it
    const mail = await startMailServer();
    const webhook = await startWebhookReceiver();
    const lines: string[] = [];
    const system = new System({
      home,
      portOffset: PORT_OFFSET,
      bundles: true,
      onLine: (name, line) => lines.push(`${name} ${line}`),
      onEvent: (event) => lines.push(JSON.stringify(event)),
      ...options,
      environment: {
        LOG_LEVEL: 'warn',
        SMTP_URL: mail.url,
        // A delivery that a killed process held is free again after twice this.
        SMTP_TIMEOUT_SECONDS: '5',
        WEBHOOK_TIMEOUT_SECONDS: '5',
        WEBHOOK_ALLOW_HTTP: 'true',
        WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
        ...options.environment,
      },
    });
    const world = new World(system, mail, webhook, lines, [
      () => system.stop(),
      mail.stop,
      webhook.stop,
      async () => rmSync(home, { recursive: true, force: true }),
    ]);
    try {
      await system.start();
    } catch (error) {
      await world.stop();
      throw new Error(`the system did not start; its last lines:\n${lines.slice(-20).join('\n')}`, { cause: error });
    }
    return world;
  }

  async stop(): Promise<void> {
    if (process.env.STORY_LOG) writeFileSync(process.env.STORY_LOG, `${this.#lines.join('\n')}\n`);
    for (const step of this.#cleanUp) await step();
  }

  /** Somebody new, registered and signed in. */
  async person(name: string): Promise<Person> {
    const person = new Person(this.system, `${name.toLowerCase()}-${randomUUID().slice(0, 8)}@example.org`, `${randomUUID()} is long`);
    await person.register(name);
    return person;
  }

  async administrator(): Promise<Person> {
    const administrator = new Person(this.system, 'admin@taskflow.local', this.system.adminPassword);
    await administrator.signIn();
    return administrator;
  }
}

interface MailServer {
  url: string;
  mails: Mail[];
  stop: () => Promise<void>;
}

async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        mails.push({
          messageId: /^message-id:\s*(\S+)/im.exec(text)?.[1] ?? '',
          to: session.envelope.rcptTo.map(({ address }) => address),
          text,
        });
        callback();
      });
    },
  });
  server.on('error', () => {}); // a client that was killed in the middle of a mail
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, mails, stop: () => new Promise((resolve) => server.close(resolve)) };
}

interface WebhookReceiver {
  url: string;
  calls: WebhookCall[];
  stop: () => Promise<void>;
}

async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const calls: WebhookCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push({
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
