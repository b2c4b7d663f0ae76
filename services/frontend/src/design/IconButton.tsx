import type { ButtonHTMLAttributes } from 'react';
import { Icon, type IconName } from './Icon.tsx';

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  /** its name: there is no text to be seen */
  label: string;
}

export function IconButton({ icon, label, ...button }: IconButtonProps) {
  return (
    <button type="button" className="button" data-icon="" data-size="small" aria-label={label} {...button}>
      <Icon name={icon} />
    </button>
  );
}
