import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { HiddenEvent, StreamEvent, ViewingEvent } from '@taskflow/contracts/feed';
import { useEffect } from 'react';
import type { Static } from 'typebox';
import { boardQuery } from '../data/queries.ts';
import { applyEvents } from './apply-events.ts';
import { listen, type StreamMessage } from './browser-stream.ts';
import { setLive } from './connection.ts';
import { hearViewers } from './viewers.ts';

/** Milliseconds in which changes gather, so that many at once are drawn once. */
const GATHER_MS = 10;
/** After the first connection what was asked for just before is looked at again, but not before it is there. */
const LOOK_AGAIN_MS = 1000;

/** Keeps everything that is shown up to date with what other people, and other tabs, do. */
export function useLive(userId: string): void {
  const client = useQueryClient();
  useEffect(() => {
    let gathered: StreamEvent[] = [];
    let due: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      due = undefined;
      const events = gathered;
      gathered = [];
      applyEvents(client, events);
    };
    let again: ReturnType<typeof setTimeout> | undefined;
    const stop = listen(userId, {
      onLive: setLive,
      onGap: () => {
        clearTimeout(again);
        again = setTimeout(() => void client.invalidateQueries(), LOOK_AGAIN_MS);
      },
      onMessage: (message) => {
        if (message.type === 'message') {
          gathered.push(JSON.parse(message.data) as StreamEvent);
          due ??= setTimeout(flush, GATHER_MS);
        } else hearOther(client, message);
      },
    });
    return () => {
      stop();
      clearTimeout(due);
      clearTimeout(again);
      setLive(true);
    };
  }, [client, userId]);
}

function hearOther(client: QueryClient, { source, type, data }: StreamMessage): void {
  if (source === 'notifications') void client.invalidateQueries({ queryKey: ['inbox'] });
  else if (type === 'viewing') hearViewers(JSON.parse(data) as ViewingEvent);
  else if (type === 'hidden') {
    const { projectId } = JSON.parse(data) as Static<typeof HiddenEvent>;
    client.removeQueries({ queryKey: boardQuery(projectId).queryKey });
    void client.invalidateQueries();
  } else void client.invalidateQueries(); // reset
}
