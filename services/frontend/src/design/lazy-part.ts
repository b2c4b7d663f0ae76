import { type ComponentType, lazy } from 'react';
import { allTexts } from '../i18n/translate.ts';

/** A part of the app that is loaded when it is first drawn, with its texts. */
// biome-ignore lint/suspicious/noExplicitAny: as React's own, of whatever properties
export const lazyPart = <T extends ComponentType<any>>(load: () => Promise<{ default: T }>) =>
  lazy(() => Promise.all([load(), allTexts()]).then(([part]) => part));
