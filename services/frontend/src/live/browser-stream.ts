/*
 * One stream a browser, however many tabs: browsers open only six connections to a server that speaks HTTP/1.1, and each stream
 * costs the server. The tab that holds the lock listens, and passes on what it hears; when it is closed the next one gets the lock
 * and goes on after the last event that it was told of.
 */

export interface StreamMessage {
  source: 'tasks' | 'notifications';
  /** `message` for changes, else the name of the event */
  type: string;
  data: string;
  id: string;
}

type Told = { message: StreamMessage } | { live: boolean } | { gap: true } | { hello: true };

export interface Listener {
  onMessage: (message: StreamMessage) => void;
  /** whether changes arrive at the moment */
  onLive: (isLive: boolean) => void;
  /** something may have been missed that will not be sent again */
  onGap: () => void;
}

const SOURCES = {
  tasks: { path: '/api/tasks/stream', types: ['message', 'reset', 'hidden', 'viewing'] },
  notifications: { path: '/api/notifications/stream', types: ['inbox', 'reset'] },
} as const;
/** Milliseconds until a stream that was refused is asked for again: the first pause, doubled up to the longest. */
const AGAIN_MS = { first: 1000, most: 30_000 };
/** A timer that comes so many milliseconds late: the computer slept, and connections may be dead without knowing. */
const SLEPT_MS = 20_000;
const TICK_MS = 5000;

/** @returns stops listening */
export function listen(userId: string, listener: Listener): () => void {
  const name = `taskflow.stream.${userId}`;
  const channel = new BroadcastChannel(name);
  const stop = new AbortController();
  let lastId = '';
  let stream: Stream | undefined;

  const hear = (told: Told) => {
    if ('message' in told) {
      if (told.message.source === 'tasks' && told.message.id) lastId = told.message.id;
      listener.onMessage(told.message);
    } else if ('live' in told) listener.onLive(told.live);
    else if ('gap' in told) listener.onGap();
    else if (stream) channel.postMessage({ live: stream.isLive } satisfies Told);
  };
  const tell = (told: Told) => {
    channel.postMessage(told);
    hear(told);
  };
  channel.onmessage = ({ data }) => hear(data as Told);
  channel.postMessage({ hello: true } satisfies Told);

  const lead = () =>
    new Promise<void>((resolve) => {
      stream = new Stream(tell, () => lastId);
      stop.signal.addEventListener('abort', () => {
        stream?.close();
        resolve();
      });
    });
  // Without https and not on localhost browsers have no locks: then each tab listens for itself.
  if (navigator.locks) navigator.locks.request(name, { signal: stop.signal }, lead).catch(() => {});
  else void lead();

  return () => {
    stop.abort();
    channel.close();
  };
}

/** The connections themselves, opened again whenever they break off. */
class Stream {
  readonly #tell: (told: Told) => void;
  readonly #lastId: () => string;
  readonly #open = new Map<keyof typeof SOURCES, EventSource>();
  readonly #timers = new Map<keyof typeof SOURCES, ReturnType<typeof setTimeout>>();
  readonly #ticker: ReturnType<typeof setInterval>;
  readonly #end = new AbortController();
  #pause = AGAIN_MS.first;
  #isFirst = true;
  isLive = false;

  constructor(tell: (told: Told) => void, lastId: () => string) {
    this.#tell = tell;
    this.#lastId = lastId;
    this.#connectAll();
    let before = Date.now();
    this.#ticker = setInterval(() => {
      const slept = Date.now() - before > TICK_MS + SLEPT_MS;
      before = Date.now();
      if (slept) this.#connectAll();
    }, TICK_MS);
    addEventListener('online', () => this.#connectAll(), { signal: this.#end.signal });
    addEventListener('offline', () => this.#setLive(false), { signal: this.#end.signal });
  }

  close(): void {
    this.#end.abort();
    clearInterval(this.#ticker);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const source of this.#open.values()) source.close();
  }

  #connectAll(): void {
    this.#connect('tasks');
    this.#connect('notifications');
  }

  #connect(name: keyof typeof SOURCES): void {
    clearTimeout(this.#timers.get(name));
    this.#open.get(name)?.close();
    const { path, types } = SOURCES[name];
    const lastId = name === 'tasks' ? this.#lastId() : '';
    const source = new EventSource(lastId ? `${path}?lastEventId=${encodeURIComponent(lastId)}` : path);
    this.#open.set(name, source);
    source.onopen = () => {
      if (name !== 'tasks') return;
      this.#pause = AGAIN_MS.first;
      // What happened between the first look at the data and now would be missing; later the server sends what was missed.
      if (this.#isFirst || !this.#lastId()) this.#tell({ gap: true });
      this.#isFirst = false;
      this.#setLive(true);
    };
    for (const type of types) {
      source.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) =>
        this.#tell({ message: { source: name, type, data, id: lastEventId } }),
      );
    }
    // The browser comes back by itself when a connection breaks, but not when the answer was an error, such as while a service
    // is away.
    source.onerror = () => {
      if (name === 'tasks') this.#setLive(false);
      if (source.readyState !== EventSource.CLOSED) return;
      this.#timers.set(
        name,
        setTimeout(() => this.#connect(name), this.#pause),
      );
      this.#pause = Math.min(this.#pause * 2, AGAIN_MS.most);
    };
  }

  #setLive(isLive: boolean): void {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.#tell({ live: isLive });
  }
}
