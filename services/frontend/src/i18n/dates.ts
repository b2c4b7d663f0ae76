import { formatDateTime, t } from './translate.ts';

/** Calendar days are texts such as 2026-01-31: they have no time zone, and compare as they sort. */
export const toDay = (date: Date): string =>
  `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;

export const today = (): string => toDay(new Date());

export const toDate = (day: string): Date => new Date(`${day}T12:00:00`);

export function addDays(day: string, count: number): string {
  const date = toDate(day);
  date.setDate(date.getDate() + count);
  return toDay(date);
}

export const daysBetween = (from: string, to: string): number => Math.round((toDate(to).getTime() - toDate(from).getTime()) / 86_400_000);

/** As short as it can be said: Today, Friday, 12 Mar, 12 Mar 2027 */
export function formatDay(day: string): string {
  const distance = daysBetween(today(), day);
  if (distance === 0) return t('date.today');
  if (distance === 1) return t('date.tomorrow');
  if (distance === -1) return t('date.yesterday');
  if (distance > 1 && distance < 7) return formatDateTime(toDate(day), { weekday: 'long' });
  const isThisYear = day.slice(0, 4) === today().slice(0, 4);
  return formatDateTime(toDate(day), { day: 'numeric', month: 'short', ...(isThisYear ? {} : { year: 'numeric' }) });
}

export const formatFullDay = (day: string): string =>
  formatDateTime(toDate(day), { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

export const formatMoment = (moment: string): string => formatDateTime(moment, { dateStyle: 'medium', timeStyle: 'short' });

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
