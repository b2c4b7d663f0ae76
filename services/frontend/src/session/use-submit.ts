import { type FormEvent, useState } from 'react';

/** Sends a form once at a time and keeps what went wrong. What was typed stays. */
export function useSubmit(send: (values: Record<string, string>) => Promise<void>) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    setBusy(true);
    setError(undefined);
    try {
      await send(values);
    } catch (problem) {
      setError(problem);
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    } finally {
      setBusy(false);
    }
  };
  return { error, busy, onSubmit };
}
