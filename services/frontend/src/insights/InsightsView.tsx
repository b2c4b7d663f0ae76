import { useQuery } from '@tanstack/react-query';
import type { FlowAnswer } from '@taskflow/contracts/metrics';
import { getFlow } from '../api/metrics.ts';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { addDays, formatDay, formatFullDay, timeZone, toDay, today } from '../i18n/dates.ts';
import { formatDateTime, formatNumber, t } from '../i18n/translate.ts';
import { ViewChoice } from '../list/ViewChoice.tsx';
import { useFrame } from '../project/project-view.ts';
import { Link, usePlace } from '../router/router.tsx';
import { Chart, SIZE } from './Chart.tsx';
import './insights.css';

const RANGES = ['30', '90', '180', '365'];
const DAY = 86_400;

/** How work flows through a project: what is where, how long it takes, how much gets done, and when the rest will be. */
export default function InsightsView() {
  const { project } = useFrame();
  const { search } = usePlace();
  const days = RANGES.find((range) => range === search.get('days')) ?? '90';
  const flow = useQuery({
    queryKey: ['insights', project.id, days, timeZone()],
    queryFn: ({ signal }) => getFlow(project.id, addDays(today(), 1 - Number(days)), timeZone(), signal),
    staleTime: 60_000,
  });
  return (
    <div className="insights">
      <ViewChoice
        name="days"
        label={t('insights.range')}
        value={days}
        options={RANGES.map((range) => [range, t('tokens.days', { count: Number(range) })])}
      />
      <Loaded query={flow} skeleton={<Skeleton lines={12} />}>
        {(answer) => <Charts flow={answer} />}
      </Loaded>
    </div>
  );
}

const shortDay = (day: string): string => formatDateTime(`${day}T12:00:00`, { day: 'numeric', month: 'short' });

function Charts({ flow }: { flow: FlowAnswer }) {
  const isEmpty = flow.cumulativeFlow.columns.every(({ tasks }) => tasks.every((count) => count === 0));
  if (isEmpty) {
    return (
      <Empty icon="chart" title={t('insights.empty')}>
        <p>{t('insights.emptyText')}</p>
      </Empty>
    );
  }
  return (
    <>
      <Forecast flow={flow} />
      <div className="charts">
        <CumulativeFlow flow={flow} />
        <CycleTime flow={flow} />
        <Throughput flow={flow} />
        <Ageing flow={flow} />
      </div>
    </>
  );
}

const COLORS = { todo: 'var(--quiet)', active: 'var(--warn)', done: 'var(--good)' } as const;

function CumulativeFlow({ flow: { cumulativeFlow, days } }: { flow: FlowAnswer }) {
  // What is done lies at the bottom and grows; what is not begun lies on top.
  const columns = cumulativeFlow.columns.filter(({ tasks }) => tasks.some((count) => count > 0)).toReversed();
  const stacked: Array<{ id: string; name: string; color: string; shade: number; low: number[]; high: number[] }> = [];
  let low = days.map(() => 0);
  for (const { id, name, category, tasks } of columns) {
    const high = low.map((value, day) => value + (tasks[day] ?? 0));
    const shade = stacked.filter(({ color }) => color === COLORS[category]).length;
    stacked.push({ id, name, color: COLORS[category], shade, low, high });
    low = high;
  }
  return (
    <Chart
      title={t('insights.flow')}
      summary={t('insights.flowSummary', { count: low.at(-1) ?? 0, days: days.length })}
      labels={days.map(shortDay)}
      most={Math.max(...low)}
      legend={
        <ul className="chart-legend">
          {stacked.toReversed().map(({ id, name, color, shade }) => (
            <li key={id}>
              <svg width="12" height="12" aria-hidden="true">
                <rect width="12" height="12" rx="2" fill={color} opacity={0.75 - shade * 0.2} />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      }
      table={{
        head: [t('insights.day'), ...columns.map(({ name }) => name)],
        rows: days.map((day, index) => [formatDay(day), ...columns.map(({ tasks }) => tasks[index] ?? 0)]).toReversed(),
      }}
    >
      {({ x, y }) =>
        stacked.map(({ id, color, shade, low, high }) => {
          const up = high.map((value, day) => `${x(day)},${y(value)}`);
          const back = low.map((value, day) => `${x(day)},${y(value)}`).toReversed();
          return <polygon key={id} points={[...up, ...back].join(' ')} fill={color} fillOpacity={0.75 - shade * 0.2} stroke={color} />;
        })
      }
    </Chart>
  );
}

function CycleTime({ flow: { completed, cycleTime, days } }: { flow: FlowAnswer }) {
  const points = completed.flatMap(({ cycleSeconds, doneAt, ...task }) => {
    const day = days.indexOf(toDay(new Date(doneAt)));
    return cycleSeconds === null || day < 0 ? [] : [{ ...task, day, cycle: cycleSeconds / DAY, doneAt }];
  });
  const lines = cycleTime.percentiles ? (Object.entries(cycleTime.percentiles) as Array<['p50' | 'p85' | 'p95', number]>) : [];
  const say = (seconds: number) => t('insights.days', { days: formatNumber(seconds / DAY, { maximumFractionDigits: 1 }) });
  return (
    <Chart
      title={t('insights.cycle')}
      summary={
        lines.length > 0
          ? lines.map(([name, seconds]) => t('insights.within', { percent: name.slice(1), time: say(seconds) })).join('; ')
          : t('insights.noneDone')
      }
      labels={days.map(shortDay)}
      most={Math.max(1, ...points.map(({ cycle }) => cycle), ...lines.map(([, seconds]) => seconds / DAY))}
      legend={
        <ul className="chart-legend">
          {lines.map(([name, seconds]) => (
            <li key={name}>{t('insights.within', { percent: name.slice(1), time: say(seconds) })}</li>
          ))}
          {lines.length === 0 && <li>{t('insights.noneDone')}</li>}
        </ul>
      }
      table={{
        head: [t('list.sort.number'), t('task.title'), t('insights.doneOn'), t('insights.cycleDays')],
        rows: points.map(({ humanId, title, doneAt, cycle }) => [humanId, title, formatDay(doneAt.slice(0, 10)), cycle]),
      }}
    >
      {({ x, y }) => (
        <>
          {lines.map(([name, seconds]) => (
            <g key={name}>
              <line className="chart-percentile" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(seconds / DAY)} y2={y(seconds / DAY)} />
              <text className="chart-text" x={SIZE.width - SIZE.right} y={y(seconds / DAY) - 4} textAnchor="end">
                {`${name.slice(1)} %`}
              </text>
            </g>
          ))}
          {points.map(({ id, humanId, title, day, cycle }) => (
            <circle key={id} className="chart-dot" cx={x(day)} cy={y(cycle)} r="4">
              <title>{`${humanId} ${title}: ${say(cycle * DAY)}`}</title>
            </circle>
          ))}
        </>
      )}
    </Chart>
  );
}

function Throughput({ flow: { throughput } }: { flow: FlowAnswer }) {
  const { weeks } = throughput;
  const total = weeks.reduce((sum, { tasks }) => sum + tasks, 0);
  const width = (SIZE.width - SIZE.left - SIZE.right) / Math.max(weeks.length, 1);
  return (
    <Chart
      title={t('insights.throughput')}
      summary={t('insights.throughputSummary', { count: total })}
      labels={weeks.map(({ start }) => shortDay(start))}
      most={Math.max(...weeks.map(({ tasks }) => tasks), 1)}
      table={{
        head: [t('insights.week'), t('insights.done')],
        rows: weeks.map(({ start, tasks }) => [formatDay(start), tasks]).toReversed(),
      }}
    >
      {({ y }) =>
        weeks.map(({ start, tasks }, index) => (
          <rect
            key={start}
            className="chart-bar"
            x={SIZE.left + index * width + width * 0.15}
            width={width * 0.7}
            y={y(tasks)}
            height={y(0) - y(tasks)}
            rx="2"
          >
            <title>{`${shortDay(start)}: ${tasks}`}</title>
          </rect>
        ))
      }
    </Chart>
  );
}

function Ageing({ flow: { inProgress } }: { flow: FlowAnswer }) {
  const { path } = useFrame();
  return (
    <section className="chart" aria-label={t('insights.ageing')}>
      <h2>{t('insights.ageing')}</h2>
      {inProgress.oldest.length === 0 ? (
        <p className="quiet">{t('insights.noneActive')}</p>
      ) : (
        <ul>
          {inProgress.oldest.slice(0, 12).map(({ id, humanId, title, ageSeconds, beyond }) => (
            <li key={id} className="line">
              <span className="line-id number quiet">{humanId}</span>
              <Link to={`${path}/insights/${humanId}`} className="row-title">
                {title}
              </Link>
              <span className="card-fact" data-late={beyond === 'p85' || beyond === 'p95' || undefined}>
                {t('insights.days', { days: formatNumber(ageSeconds / DAY, { maximumFractionDigits: 0 }) })}
                {beyond && ` · ${t('insights.beyond', { percent: beyond.slice(1) })}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Forecast({ flow: { forecast } }: { flow: FlowAnswer }) {
  const { basis, remaining, doneOn } = forecast;
  return (
    <section className="chart" aria-label={t('insights.forecast')}>
      <h2>{t('insights.forecast')}</h2>
      {remaining === 0 ? (
        <p>{t('insights.allDone')}</p>
      ) : basis === null || doneOn === null ? (
        <p className="quiet">{t('insights.noBasis')}</p>
      ) : (
        <>
          <p>{t('insights.remaining', { count: remaining })}</p>
          <dl className="forecast">
            {(['p50', 'p85', 'p95'] as const).map((name) => (
              <div key={name}>
                <dt>{t('insights.chance', { percent: name.slice(1) })}</dt>
                <dd>{doneOn[name] ? formatFullDay(doneOn[name]) : t('insights.notForeseen')}</dd>
              </div>
            ))}
          </dl>
          <p className="quiet">{t('insights.basis', { count: basis.completed, days: basis.days })}</p>
        </>
      )}
    </section>
  );
}
