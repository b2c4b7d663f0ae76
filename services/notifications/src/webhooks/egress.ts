import { Resolver } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { FieldError } from '@taskflow/contracts/problem';
import { mayReach, type parseNetworks } from './networks.ts';

export interface EgressOptions {
  allowedNetworks: ReturnType<typeof parseNetworks>;
  /** plain http as well */
  allowHttp: boolean;
  /** DNS servers; those of the system when there are none */
  dnsServers: string[];
}

export interface Answer {
  status: number | null;
  /** the first bytes of the body */
  answer: string;
  /** seconds the receiver asked to wait */
  retryAfter: number;
  error: string | null;
  durationMs: number;
}

const ANSWER_BYTES = 1024;
const DNS = { timeout: 2000, tries: 2 };

class Refused extends Error {}

/**
 * POST to addresses that others choose. Guards against server-side request forgery: every address is judged where the
 * socket is opened, by the very lookup that gives the socket its address, so a name that resolves differently the second
 * time gains nothing; redirects are not followed; time and bytes are bounded.
 *
 * Names are resolved by DNS alone: not by getaddrinfo, which would let slow name servers use up the thread pool that all
 * else in the process needs, and would consult /etc/hosts.
 */
export class Egress {
  readonly #options: EgressOptions;
  readonly #resolver = new Resolver(DNS);

  constructor(options: EgressOptions) {
    this.#options = options;
    if (options.dnsServers.length > 0) this.#resolver.setServers(options.dnsServers);
  }

  /** Why an address cannot be used, as far as that can be told without resolving it; undefined when it can. */
  objection(text: string): Omit<FieldError, 'pointer'> | undefined {
    if (!URL.canParse(text)) return { code: 'wrong_format', params: { format: 'uri' }, detail: 'it is not an absolute URL' };
    const { protocol, username, password, hash, hostname } = new URL(text);
    if (protocol !== 'https:' && !(protocol === 'http:' && this.#options.allowHttp)) {
      return { code: 'url_not_https', detail: this.#options.allowHttp ? 'it is neither http nor https' : 'it is not https' };
    }
    if (username || password) return { code: 'url_with_credentials', detail: 'it holds credentials: check the signature instead' };
    if (hash) return { code: 'url_with_fragment', detail: 'it has a fragment' };
    const literal = bare(hostname);
    if (isIP(literal) && !mayReach(literal, this.#options.allowedNetworks)) {
      return { code: 'url_not_reachable', detail: 'this network is not reachable for webhooks' };
    }
    return undefined;
  }

  /** Never rejects: what went wrong is in the answer, in words for the owner of the webhook. */
  async post(url: string, headers: Record<string, string>, body: string, timeoutMs: number): Promise<Answer> {
    const begin = performance.now();
    const signal = AbortSignal.timeout(timeoutMs);
    const done = (outcome: Partial<Answer>): Answer => ({
      status: null,
      answer: '',
      retryAfter: 0,
      error: null,
      ...outcome,
      durationMs: Math.round(performance.now() - begin),
    });
    const objection = this.objection(url);
    if (objection) return done({ error: `refused: ${objection.detail}` });
    try {
      const response = await this.#request(new URL(url), headers, body, signal);
      const status = response.statusCode as number;
      const retryAfter = Number(response.headers['retry-after']) || 0;
      return done({
        status,
        retryAfter,
        answer: await beginningOf(response),
        error: status < 200 || status > 299 ? `answered ${status}` : null,
      });
    } catch (error) {
      return done({ error: signal.aborted ? `no answer within ${timeoutMs / 1000} s` : wordsFor(error) });
    }
  }

  #request(url: URL, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { request } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const call = request(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // One connection for one call: a kept one would be used again without its address being judged.
        agent: false,
        lookup: this.#lookup,
        signal,
        maxHeaderSize: 16 * 1024,
      });
      call.once('response', resolve).once('error', reject);
      call.end(body);
    });
  }

  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname).then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error) => callback(error, ''),
    );
  };

  /** One forbidden address among several forbids all: which of them is used is not ours to choose. */
  async #resolve(hostname: string): Promise<Array<{ address: string; family: number }>> {
    const [four, six] = await Promise.allSettled([this.#resolver.resolve4(hostname), this.#resolver.resolve6(hostname)]);
    const addresses = [...(four.status === 'fulfilled' ? four.value : []), ...(six.status === 'fulfilled' ? six.value : [])];
    if (addresses.length === 0) throw new Refused('this name has no address');
    if (!addresses.every((address) => mayReach(address, this.#options.allowedNetworks))) {
      throw new Refused('refused: this name leads into a network that is not reachable for webhooks');
    }
    return addresses.map((address) => ({ address, family: isIP(address) }));
  }
}

/** Without the brackets of an IPv6 address in a URL. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

/** As text that PostgreSQL can hold (no NUL). A body that is cut off or never ends is as good as one that does. */
async function beginningOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // the status is there, and that is what counts
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8').replaceAll('\0', '\uFFFD');
}

function wordsFor(error: unknown): string {
  if (error instanceof Refused) return error.message;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection broke';
  if (/CERT|TLS|SSL/.test(code)) return `TLS failed (${code})`;
  return `no answer (${code || 'unknown'})`;
}
