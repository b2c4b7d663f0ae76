/**
 * Waits for a condition by asking again and again.
 * @throws Error with the last reason when it does not hold within `ms` milliseconds
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { ms = 10_000, every = 20, what = 'the condition' } = {},
): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (let reason: unknown; ; ) {
    try {
      const value = await condition();
      if (value) return value as NonNullable<T>;
      reason = value;
    } catch (error) {
      reason = error;
    }
    if (performance.now() > end) throw new Error(`${what} did not hold within ${ms} ms`, { cause: reason });
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
