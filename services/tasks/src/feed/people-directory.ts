import type { EventBatch } from '@taskflow/contracts/events';
import { DirectoryAnswer } from '@taskflow/contracts/identity';
import { type Client, ClientError } from '@taskflow/http/client';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';

type People = EventBatch['people'];

const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;
/** Ids in one request; their URL stays below the 8 KiB that every server takes. */
const CHUNK = 150;

/** Who people are, with their addresses, asked of auth and remembered for a minute. Never stored here. */
export class PeopleDirectory {
  readonly #client: Client;
  readonly #known = new Map<string, { until: number; person: People[string] | undefined }>();

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * People who no longer exist, or are disabled, are left out.
   * @throws ClientError when auth cannot be asked
   */
  async lookUp(ids: string[]): Promise<People> {
    const now = performance.now();
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !((this.#known.get(id)?.until ?? 0) > now));
    if (this.#known.size > MAX_REMEMBERED) this.#known.clear();
    const found: People = {};
    for (let index = 0; index < missing.length; index += CHUNK)
      await this.#ask(missing.slice(index, index + CHUNK), now + REMEMBER_MS, found);
    for (const id of wanted) {
      const person = found[id] ?? this.#known.get(id)?.person;
      if (person) found[id] = person;
    }
    return found;
  }

  async #ask(ids: string[], until: number, found: People): Promise<void> {
    const { status, body } = await this.#client.get(`/internal/users?ids=${ids.join(',')}`);
    if (status !== 200 || !Value.Check(DirectoryAnswer, body)) {
      throw new ClientError(this.#client.target, 'bad_response', `no directory in an answer of status ${status}`);
    }
    for (const id of ids) this.#known.set(id, { until, person: undefined });
    for (const { userId, name, handle, email, active } of (body as Static<typeof DirectoryAnswer>).items) {
      if (!active) continue;
      found[userId] = { name, handle, email };
      this.#known.set(userId, { until, person: found[userId] });
    }
  }
}
