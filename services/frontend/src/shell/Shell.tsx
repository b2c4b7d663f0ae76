import { useQuery } from '@tanstack/react-query';
import type { Account } from '@taskflow/contracts/auth';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { Conflicts } from '../changes/Conflicts.tsx';
import { beginChanges } from '../changes/changes.ts';
import { GlobalCommands } from '../commands/GlobalCommands.tsx';
import { projectsQuery } from '../data/queries.ts';
import { Icon } from '../design/Icon.tsx';
import { Toasts } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { ConnectionBanner } from '../live/ConnectionBanner.tsx';
import { useLive } from '../live/use-live.ts';
import { usePlace } from '../router/router.tsx';
import { Sidebar } from './Sidebar.tsx';
import '../design/items.css';
import './shell.css';
import '../design/print.css';

const MeContext = createContext<Account | undefined>(undefined);

/** Whoever is signed in; only below the shell. */
export function useMe(): Account {
  const me = useContext(MeContext);
  if (!me) throw new Error('nobody is signed in');
  return me;
}

const MenuContext = createContext<() => void>(() => {});

export function Shell({ me, children }: { me: Account; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const { path } = usePlace();
  const projects = useQuery(projectsQuery);
  useLive(me.id);
  useEffect(() => beginChanges(me.id), [me.id]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address closes the drawer
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);
  return (
    <MeContext value={me}>
      <MenuContext value={() => setOpen(true)}>
        <div className="shell" data-drawer={open || undefined}>
          <a className="skip" href="#main">
            {t('app.skip')}
          </a>
          <Sidebar me={me} projects={projects} />
          {open && <button type="button" className="shell-veil" aria-label={t('app.close')} onClick={() => setOpen(false)} />}
          <div className="shell-content">
            <ConnectionBanner />
            {children}
          </div>
          <Toasts />
          <GlobalCommands />
          <Conflicts />
        </div>
      </MenuContext>
    </MeContext>
  );
}

/** The bar on top of a screen: its name, what can be done there. */
export function TopBar({ title, children }: { title: ReactNode; children?: ReactNode }) {
  const openMenu = useContext(MenuContext);
  return (
    <header className="topbar">
      <button type="button" className="button topbar-menu" data-icon="" aria-label={t('app.menu')} onClick={openMenu}>
        <Icon name="menu" />
      </button>
      <h1 className="cut">{title}</h1>
      {children}
    </header>
  );
}

/** A screen with a bar and a main part that scrolls. */
export function Screen({ title, bar, children }: { title: string; bar?: ReactNode; children: ReactNode }) {
  return (
    <>
      <title>{`${title} · TaskFlow`}</title>
      <TopBar title={title}>{bar}</TopBar>
      <main id="main" className="screen" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
