import type { HealthObservation, HealthState } from '@taskflow/contracts/reports';
import { describe, expect, it } from 'vitest';
import { ObservationBuffer } from '../src/buffer.ts';

const STATES: HealthState[] = ['up', 'degraded', 'down'];

const observation = (second: number, members: Partial<HealthObservation> = {}): HealthObservation => ({
  target: 'metrics',
  at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString(),
  state: 'up',
  latencyMs: 10,
  count: 1,
  ...members,
});

function totals(items: HealthObservation[]) {
  const result: Record<string, { count: number; latency: number }> = {};
  for (const { target, state, count, latencyMs } of items) {
    const key = `${target} ${state}`;
    const { count: counted, latency } = result[key] ?? { count: 0, latency: 0 };
    result[key] = { count: counted + count, latency: latency + latencyMs * count };
  }
  return result;
}

describe('as long as there is room', () => {
  it('gives back what came in, in order', () => {
    const buffer = new ObservationBuffer(20);
    const items = Array.from({ length: 20 }, (_, at) => observation(at));
    for (const item of items) buffer.add(item);
    expect(buffer.take(5)).toEqual(items.slice(0, 5));
    expect(buffer.take(100)).toEqual(items.slice(5));
    expect(buffer.length).toBe(0);
    expect(buffer.summarised).toBe(0);
  });
});

describe('when too many wait', () => {
  it('summarises within the minute and keeps the newest as they are', () => {
    const buffer = new ObservationBuffer(16);
    for (let at = 0; at < 17; at++) buffer.add(observation(at * 5, { latencyMs: at }));
    const items = buffer.take(100);
    // 13 older ones, of which 12 are of minute 0 and one is of minute 1; the last 4 stay.
    expect(items.map(({ count }) => count)).toEqual([12, 1, 1, 1, 1, 1]);
    expect(items[0]).toMatchObject({ at: '2026-01-01T00:00:00.000Z', latencyMs: 5.5 });
    expect(buffer.summarised).toBe(11);
  });

  it('keeps targets and states apart, and the last reason', () => {
    const buffer = new ObservationBuffer(16);
    for (let at = 0; at < 17; at++) {
      const state = at % 2 ? 'down' : 'up';
      buffer.add(observation(at, { state, target: at % 3 ? 'auth' : 'metrics', ...(state === 'down' ? { error: `reason ${at}` } : {}) }));
    }
    const summaries = buffer.take(4);
    expect(summaries.map(({ target, state, count }) => [target, state, count])).toEqual([
      ['metrics', 'up', 3],
      ['auth', 'down', 4],
      ['auth', 'up', 4],
      ['metrics', 'down', 2],
    ]);
    expect(summaries[1]?.error).toBe('reason 11');
  });

  it('stays bounded and loses no count through days of absence', () => {
    const buffer = new ObservationBuffer(64);
    const everything: HealthObservation[] = [];
    for (let at = 0; at < 20_000; at++) {
      const item = observation(at * 30, { target: `t${at % 3}`, state: STATES[Math.floor(at / 500) % 3]!, latencyMs: at % 97 });
      everything.push(item);
      buffer.add(item);
      expect(buffer.length).toBeLessThanOrEqual(64);
    }
    const kept = totals(buffer.take(100));
    const expected = totals(everything);
    expect(Object.keys(kept).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, { count, latency }] of Object.entries(expected)) {
      expect(kept[key]!.count).toBe(count);
      expect(kept[key]!.latency).toBeCloseTo(latency, 3);
    }
  });
});
