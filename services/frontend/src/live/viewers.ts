import type { ViewingEvent } from '@taskflow/contracts/feed';
import { useEffect, useSyncExternalStore } from 'react';
import { setViewing } from '../api/tasks.ts';

/** Milliseconds between saying that a task is still open; the server forgets after 45 seconds. */
const AGAIN_MS = 20_000;
/** This tab, to the server. */
const CLIENT = crypto.randomUUID();
const NOBODY: readonly string[] = [];

const viewers = new Map<string, readonly string[]>();
const listeners = new Set<() => void>();

export function hearViewers({ taskId, userIds }: ViewingEvent): void {
  if (userIds.length > 0) viewers.set(taskId, userIds);
  else viewers.delete(taskId);
  for (const listener of listeners) listener();
}

/** Says that this person has the task open, as long as the component is there and the tab is seen; and who else has, you included. */
export function useViewers(taskId: string): readonly string[] {
  useEffect(() => {
    const say = (viewing: boolean) =>
      setViewing(taskId, { client: CLIENT, viewing }).then(
        ({ userIds }) => viewing && hearViewers({ taskId, projectId: '', userIds }),
        () => {}, // passing news: the next time will do
      );
    const sayIfSeen = () => void say(document.visibilityState === 'visible');
    sayIfSeen();
    const timer = setInterval(() => document.visibilityState === 'visible' && sayIfSeen(), AGAIN_MS);
    document.addEventListener('visibilitychange', sayIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', sayIfSeen);
      void say(false);
    };
  }, [taskId]);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => viewers.get(taskId) ?? NOBODY,
  );
}
