import { parseDate } from '@internationalized/date';
import { Button, Calendar, CalendarCell, CalendarGrid, Dialog, Heading } from 'react-aria-components';
import { addDays, formatDay, toDate, today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { AnchoredPopover } from './AnchoredPopover.tsx';
import { Icon } from './Icon.tsx';
import type { PopupProps } from './popup.ts';

interface DayPickerProps extends PopupProps {
  /** such as 2026-01-31 */
  value: string | null;
  onChange: (day: string | null) => void;
}

/** The days that are asked for most, and a calendar for all others. */
export default function DayPicker({ value, onChange, ...popup }: DayPickerProps) {
  const choose = (day: string | null) => {
    onChange(day);
    popup.onClose();
  };
  const now = today();
  const monday = addDays(now, (8 - toDate(now).getDay()) % 7 || 7);
  return (
    <AnchoredPopover {...popup}>
      <Dialog className="day-picker" aria-label={popup.label}>
        <div className="day-quick">
          {[now, addDays(now, 1), monday].map((day, index) => (
            <button key={index === 2 ? 'monday' : day} type="button" className="button" data-size="small" onClick={() => choose(day)}>
              {index === 2 ? t('date.nextMonday') : formatDay(day)}
            </button>
          ))}
          {value !== null && (
            <button type="button" className="button" data-size="small" onClick={() => choose(null)}>
              {t('date.none')}
            </button>
          )}
        </div>
        <Calendar autoFocus aria-label={popup.label} value={value ? parseDate(value) : null} onChange={(day) => choose(day.toString())}>
          <header className="day-head">
            <Button slot="previous" className="button" data-icon="" data-size="small">
              <Icon name="arrowLeft" />
            </Button>
            <Heading className="grow" />
            <Button slot="next" className="button" data-icon="" data-size="small">
              <Icon name="arrowRight" />
            </Button>
          </header>
          <CalendarGrid weekdayStyle="short" className="day-grid">
            {(date) => <CalendarCell date={date} className="day" data-today={date.toString() === now || undefined} />}
          </CalendarGrid>
        </Calendar>
      </Dialog>
    </AnchoredPopover>
  );
}
