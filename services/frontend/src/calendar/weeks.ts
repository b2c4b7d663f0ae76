import { addDays, toDate } from '../i18n/dates.ts';
import { currentLanguage } from '../i18n/translate.ts';

/** 1 for Monday to 7 for Sunday: with which day weeks begin where the page's language is at home. */
export function firstWeekday(language: string = currentLanguage()): number {
  const locale = new Intl.Locale(language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
}

/** The first day of the week of a day. */
export function weekOf(day: string, first = firstWeekday()): string {
  const weekday = toDate(day).getDay() || 7;
  return addDays(day, -((weekday - first + 7) % 7));
}

/** The weeks of a month, seven days each; days of the months around it fill the first and the last. */
export function weeksOfMonth(month: string, first = firstWeekday()): string[][] {
  const weeks: string[][] = [];
  for (let start = weekOf(`${month}-01`, first); start.slice(0, 7) <= month; start = addDays(start, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(start, index)));
  }
  return weeks;
}

export function addMonths(month: string, count: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const index = year * 12 + number - 1 + count;
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
}
