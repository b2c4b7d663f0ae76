import { until } from '@taskflow/testing/until';

interface Message {
  id: string;
  event: string;
  data: Record<string, unknown>;
  /** performance.now() of its arrival */
  at: number;
}

export interface EventSource {
  status: number;
  messages: Message[];
  /** of the last id line, as a browser keeps it: also of messages without data */
  lastEventId: string;
  retry: number | undefined;
  ended: boolean;
  /** Waits for a message with such a type. */
  next(type: string): Promise<Message>;
  close(): void;
}

/** A reader of server-sent events as the WHATWG HTML standard says, without reconnecting. */
export async function openEventSource(url: string, headers: Record<string, string>): Promise<EventSource> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const source: EventSource = {
    status: response.status,
    messages: [],
    lastEventId: '',
    retry: undefined,
    ended: false,
    next: (type) => until(() => source.messages.find(({ data, event }) => data.type === type || event === type), { every: 2, what: type }),
    close: () => abort.abort(),
  };
  if (response.status === 200)
    void read(response, source)
      .catch(() => {})
      .finally(() => {
        source.ended = true;
      });
  return source;
}

async function read(response: Response, source: EventSource): Promise<void> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) dispatch(block, source);
  }
}

function dispatch(block: string, source: EventSource): void {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') source.lastEventId = value;
    if (field === 'retry') source.retry = Number(value);
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  if (data.length > 0) source.messages.push({ id: source.lastEventId, event, data: JSON.parse(data.join('\n')), at: performance.now() });
}
