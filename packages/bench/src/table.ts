import { cpus, totalmem } from 'node:os';

export interface Row {
  what: string;
  value: number;
  unit: string;
  /** the most, or with a minus sign the least, that is aimed at */
  aim?: number;
}

export interface Table {
  /** how it was measured */
  method: string;
  rows: Row[];
}

export const isMissed = ({ value, aim }: Row): boolean => aim !== undefined && (aim < 0 ? value < -aim : value > aim);

export function print(name: string, { method, rows }: Table): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${name}: ${method}`);
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() || 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB\n`);
  for (const row of rows) {
    const aim = row.aim === undefined ? '' : `  aim ${row.aim < 0 ? `≥ ${-row.aim}` : `≤ ${row.aim}`}${isMissed(row) ? '  MISSED' : ''}`;
    console.log(`  ${row.what.padEnd(width)}  ${format(row.value).padStart(9)} ${row.unit}${aim}`);
  }
}

const format = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1));

export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
