import { type ReactNode, useRef } from 'react';
import { I18nProvider, Popover } from 'react-aria-components';
import { currentLanguage } from '../i18n/translate.ts';
import type { PopupProps } from './popup.ts';
import './popups.css';

/** A popover of React Aria's beside an element that is no component of its. */
export function AnchoredPopover({ label, anchor, onClose, children }: PopupProps & { children: ReactNode }) {
  const trigger = useRef(anchor);
  trigger.current = anchor;
  return (
    <I18nProvider locale={currentLanguage()}>
      <Popover
        className="popup"
        aria-label={label}
        triggerRef={trigger}
        isOpen
        onOpenChange={(isOpen) => !isOpen && onClose()}
        placement="bottom start"
        offset={4}
        containerPadding={8}
      >
        {children}
      </Popover>
    </I18nProvider>
  );
}
