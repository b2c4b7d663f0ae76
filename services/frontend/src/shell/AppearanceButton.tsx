import { useState } from 'react';
import { Icon } from '../design/Icon.tsx';
import { t } from '../i18n/translate.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const STORED = 'taskflow.theme'; // read by public/before.js too

const stored = (): Theme => THEMES.find((theme) => theme === localStorage.getItem(STORED)) ?? 'system';

/** Goes through as the system, light, dark. */
export function AppearanceButton() {
  const [theme, setTheme] = useState(stored);
  const name = `${t('app.theme')}: ${t(`app.theme.${theme}`)}`;
  const next = () => {
    const chosen = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    if (chosen === 'system') localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, chosen);
    document.documentElement.dataset.theme = chosen === 'system' ? '' : chosen;
    setTheme(chosen);
  };
  return (
    <button type="button" className="button" data-icon="" data-size="small" aria-label={name} title={name} onClick={next}>
      <Icon name="sun" />
    </button>
  );
}
