import { type ReactNode, useState } from 'react';
import { Autocomplete, Dialog, Input, ListBox, ListBoxItem, TextField, useFilter } from 'react-aria-components';
import { t } from '../i18n/translate.ts';
import { AnchoredPopover } from './AnchoredPopover.tsx';
import { Icon } from './Icon.tsx';
import type { PopupProps } from './popup.ts';

export interface Choice {
  id: string;
  name: string;
  before?: ReactNode;
  /** further words by which it is found */
  also?: string;
}

interface PickerProps extends PopupProps {
  items: Choice[];
  selected: readonly string[];
  /** several can be chosen; else choosing closes it */
  multiple?: boolean;
  onChange: (ids: string[]) => void;
  /** makes one of the text that was searched for, when nothing has that name */
  onCreate?: ((name: string) => void) | undefined;
}

const CREATE = 'create:';

/** A list to choose from, found by typing. */
export default function Picker({ items, selected, multiple = false, onChange, onCreate, ...popup }: PickerProps) {
  const { contains } = useFilter({ sensitivity: 'base' });
  const [text, setText] = useState('');
  const name = text.trim();
  const canCreate = onCreate && name !== '' && !items.some((item) => item.name.toLowerCase() === name.toLowerCase());
  const choose = (keys: 'all' | Set<string | number>) => {
    const ids = keys === 'all' ? items.map(({ id }) => id) : [...keys].map(String);
    if (ids.includes(CREATE)) {
      onCreate?.(name);
      setText('');
      if (!multiple) popup.onClose();
      return;
    }
    onChange(ids);
    if (!multiple) popup.onClose();
  };
  return (
    <AnchoredPopover {...popup}>
      <Dialog className="picker" aria-label={popup.label}>
        <Autocomplete
          inputValue={text}
          onInputChange={setText}
          filter={(value, input) => value.startsWith(CREATE) || contains(value, input)}
        >
          <TextField aria-label={popup.label} autoFocus className="picker-search">
            <Input className="picker-input" placeholder={popup.label} />
          </TextField>
          <ListBox
            className="picker-list"
            aria-label={popup.label}
            selectionMode={multiple ? 'multiple' : 'single'}
            selectionBehavior="toggle"
            escapeKeyBehavior="none"
            disallowEmptySelection={!multiple}
            selectedKeys={selected}
            onSelectionChange={choose}
            renderEmptyState={() => <p className="picker-none">{t('app.nothingFound')}</p>}
          >
            {items.map(({ id, name, before, also }) => (
              <ListBoxItem key={id} id={id} className="menu-item" textValue={also ? `${name} ${also}` : name}>
                {({ isSelected }) => (
                  <>
                    {before !== undefined && <span className="menu-icon">{before}</span>}
                    <span className="grow">{name}</span>
                    {isSelected && <Icon name="check" />}
                  </>
                )}
              </ListBoxItem>
            ))}
            {canCreate && (
              <ListBoxItem id={CREATE} className="menu-item" textValue={`${CREATE}${name}`}>
                <span className="menu-icon">
                  <Icon name="add" />
                </span>
                <span className="grow">{t('app.createNamed', { name })}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Autocomplete>
      </Dialog>
    </AnchoredPopover>
  );
}
