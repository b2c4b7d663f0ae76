import { Menu as AriaMenu, Header, Keyboard, MenuItem, MenuSection, Separator, Text } from 'react-aria-components';
import { AnchoredPopover } from './AnchoredPopover.tsx';
import { Icon, type IconName } from './Icon.tsx';
import type { PopupProps } from './popup.ts';

export interface MenuAction {
  id: string;
  label: string;
  icon?: IconName;
  shortcut?: string;
  tone?: 'bad';
  isDisabled?: boolean;
  isChosen?: boolean;
  onAction: () => void;
}

export interface MenuGroup {
  /** its heading; without one it is set apart by a line */
  section: string;
  entries: MenuAction[];
}

export type MenuEntry = MenuAction | MenuGroup;

export default function Menu({ entries, ...popup }: PopupProps & { entries: MenuEntry[] }) {
  return (
    <AnchoredPopover {...popup}>
      <AriaMenu className="menu" aria-label={popup.label} onClose={popup.onClose} autoFocus="first">
        {entries.flatMap((entry, index) => {
          if (!('section' in entry)) return <Entry key={entry.id} {...entry} />;
          const section = (
            <MenuSection key={entry.section || entry.entries[0]?.id} aria-label={entry.section || popup.label}>
              {entry.section && <Header className="menu-heading">{entry.section}</Header>}
              {entry.entries.map((item) => (
                <Entry key={item.id} {...item} />
              ))}
            </MenuSection>
          );
          return index === 0 ? section : [<Separator key={`${section.key} line`} className="menu-line" />, section];
        })}
      </AriaMenu>
    </AnchoredPopover>
  );
}

function Entry({ id, label, icon, shortcut, tone, isDisabled = false, isChosen = false, onAction }: MenuAction) {
  return (
    <MenuItem id={id} className="menu-item" data-tone={tone} textValue={label} isDisabled={isDisabled} onAction={onAction}>
      <span className="menu-icon">{icon && <Icon name={icon} />}</span>
      <Text slot="label" className="grow">
        {label}
      </Text>
      {isChosen && <Icon name="check" />}
      {shortcut && <Keyboard className="key">{shortcut}</Keyboard>}
    </MenuItem>
  );
}
