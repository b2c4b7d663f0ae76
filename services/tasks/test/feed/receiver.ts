import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventBatch } from '@taskflow/contracts/events';
import { afterAll } from 'vitest';

export type Behaviour = 'take' | 'take, then reset' | 'reset' | '500' | '400' | '200' | 'garbage' | 'cut short';

/** Stands in the place of notifications or metrics: keeps what it took, and behaves as it is told. */
export async function startReceiver() {
  const receiver = {
    url: '',
    batches: [] as EventBatch[],
    authorizations: new Set<string | undefined>(),
    requests: 0,
    behave: (): Behaviour => 'take',
    /** every event in the order of its first arrival */
    get events() {
      return [...new Map(receiver.batches.flatMap(({ events }) => events).map((event) => [event.id, event])).values()];
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the sender was killed
    }
    receiver.requests++;
    receiver.authorizations.add(request.headers.authorization);
    const behaviour = receiver.behave();
    if (behaviour.startsWith('take')) receiver.batches.push(JSON.parse(Buffer.concat(chunks).toString()));
    answer(behaviour, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

function answer(behaviour: Behaviour, response: ServerResponse): void {
  switch (behaviour) {
    case 'take':
      response.writeHead(204).end();
      break;
    case '500':
    case '400':
    case '200':
      response.writeHead(Number(behaviour), { 'content-type': 'application/json' }).end('{}');
      break;
    case 'garbage':
      response.socket?.end('SMTP ready\r\n\r\n');
      break;
    case 'cut short':
      response.writeHead(204, { 'content-length': '10' }).flushHeaders();
      response.socket?.destroy();
      break;
    default:
      response.socket?.resetAndDestroy();
  }
}
