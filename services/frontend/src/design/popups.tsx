import { type ComponentProps, lazy, Suspense } from 'react';
import { allTexts } from '../i18n/translate.ts';

/*
 * Popups weigh half of what may be loaded before a board shows, so they come when the first one is opened, or a moment before:
 * `preloadPopups` once a screen is drawn.
 */
/** So that what is shown comes first. */
const PAUSE_MS = 500;
const menu = () => import('./Menu.tsx');
const picker = () => import('./Picker.tsx');
const dayPicker = () => import('./DayPicker.tsx');
const LazyMenu = lazy(menu);
const LazyPicker = lazy(picker);
const LazyDayPicker = lazy(dayPicker);

/** @param more what else will be wanted soon on the screen */
export function preloadPopups(...more: Array<() => Promise<unknown>>): () => void {
  const timer = setTimeout(() => void Promise.allSettled([...more, allTexts, menu, picker, dayPicker].map((load) => load())), PAUSE_MS);
  return () => clearTimeout(timer);
}

export const Menu = (props: ComponentProps<typeof LazyMenu>) => (
  <Suspense>
    <LazyMenu {...props} />
  </Suspense>
);
export const Picker = (props: ComponentProps<typeof LazyPicker>) => (
  <Suspense>
    <LazyPicker {...props} />
  </Suspense>
);
export const DayPicker = (props: ComponentProps<typeof LazyDayPicker>) => (
  <Suspense>
    <LazyDayPicker {...props} />
  </Suspense>
);
