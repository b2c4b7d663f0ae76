import { Suspense, useEffect, useState } from 'react';
import { redo, undo } from '../changes/changes.ts';
import { lazyPart } from '../design/lazy-part.ts';
import { t } from '../i18n/translate.ts';
import { navigate } from '../router/router.tsx';
import { signOut } from '../session/session.ts';
import { listenForKeys, useCommands } from './commands.ts';

const palette = () => import('./Palette.tsx');
const Palette = lazyPart(palette);
const Shortcuts = lazyPart(() => import('./Shortcuts.tsx'));

/** What can be done everywhere, and the palette and the help that list it. */
export function GlobalCommands() {
  const [isOpen, setOpen] = useState<'palette' | 'help'>();
  useEffect(listenForKeys, []);
  useEffect(() => {
    // It has to be there at once when it is asked for.
    const timer = setTimeout(() => void palette().catch(() => {}), 3000);
    return () => clearTimeout(timer);
  }, []);
  const [go, does] = [t('keys.go'), t('keys.everywhere')];
  useCommands([
    {
      id: 'palette',
      name: t('palette.title'),
      section: does,
      keys: 'mod+k',
      keysOnly: true,
      run: () => setOpen((open) => (open === 'palette' ? undefined : 'palette')),
    },
    { id: 'help', name: t('keys.title'), section: does, keys: '?', run: () => setOpen('help') },
    { id: 'undo', name: t('change.undo'), section: does, keys: 'mod+z', run: undo },
    { id: 'redo', name: t('change.redo'), section: does, keys: 'mod+shift+z', run: redo },
    { id: 'go-start', name: t('app.toStart'), section: go, keys: 'g h', run: () => navigate('/') },
    { id: 'go-today', name: t('today.title'), section: go, keys: 'g t', run: () => navigate('/today') },
    { id: 'go-inbox', name: t('inbox.title'), section: go, keys: 'g i', run: () => navigate('/inbox') },
    { id: 'go-search', name: t('search.title'), section: go, keys: '/', run: () => navigate('/search') },
    { id: 'go-settings', name: t('settings.title'), section: go, keys: 'g ,', run: () => navigate('/settings') },
    { id: 'import', name: t('import.title'), section: go, run: () => navigate('/import') },
    { id: 'go-status', name: t('session.status'), section: go, run: () => navigate('/status') },
    { id: 'sign-out', name: t('session.signOut'), section: does, run: () => void signOut() },
  ]);
  const close = () => setOpen(undefined);
  return (
    <Suspense>
      {isOpen === 'palette' && <Palette onClose={close} />}
      {isOpen === 'help' && <Shortcuts onClose={close} />}
    </Suspense>
  );
}
