import type { ReactNode } from 'react';
import { formatNumber, t } from '../i18n/translate.ts';
import { linear, sample, ticks } from './scales.ts';

export const SIZE = { width: 640, height: 240, left: 44, right: 8, top: 8, bottom: 24 };

interface Frame {
  x: (index: number) => number;
  y: (value: number) => number;
}

interface ChartProps {
  title: string;
  /** what it shows, in a sentence: for those who do not see it */
  summary: string;
  /** along the bottom, one for each place */
  labels: string[];
  most: number;
  legend?: ReactNode;
  /** the same as numbers: the head of each column, and the rows */
  table: { head: string[]; rows: Array<Array<string | number>> };
  children: (frame: Frame) => ReactNode;
}

/** A drawing with its axes, and the table of what it is drawn from. */
export function Chart({ title, summary, labels, most, legend, table, children }: ChartProps) {
  const steps = ticks(most);
  const { width, height, left, right, top, bottom } = SIZE;
  const frame: Frame = {
    x: linear([0, Math.max(labels.length - 1, 1)], [left, width - right]),
    y: linear([0, steps.at(-1)!], [height - bottom, top]),
  };
  return (
    <section className="chart" aria-label={title}>
      <h2>{title}</h2>
      {legend}
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary}>
        {steps.map((step) => (
          <g key={step}>
            <line className="chart-line" x1={left} x2={width - right} y1={frame.y(step)} y2={frame.y(step)} />
            <text className="chart-text" x={left - 6} y={frame.y(step) + 4} textAnchor="end">
              {formatNumber(step)}
            </text>
          </g>
        ))}
        {sample(labels.length, 6).map((index) => (
          <text
            key={index}
            className="chart-text"
            x={frame.x(index)}
            y={height - 6}
            textAnchor={index === labels.length - 1 ? 'end' : 'middle'}
          >
            {labels[index]}
          </text>
        ))}
        {children(frame)}
      </svg>
      <details className="chart-table">
        <summary>{t('insights.table')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
        <section tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                {table.head.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map(([first, ...rest], row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a table that is drawn as a whole
                <tr key={row}>
                  <th scope="row">{first}</th>
                  {rest.map((value, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as above
                    <td key={column}>{typeof value === 'number' ? formatNumber(value, { maximumFractionDigits: 1 }) : value}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
}
