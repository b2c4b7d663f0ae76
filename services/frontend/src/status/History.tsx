import { useQuery } from '@tanstack/react-query';
import type { AvailabilityPeriod, Incident, TargetStatus } from '@taskflow/contracts/metrics';
import { getStatus } from '../api/metrics.ts';
import { formatFullDay, formatMoment, toDay } from '../i18n/dates.ts';
import { formatDateTime, formatNumber, t } from '../i18n/translate.ts';

const AGAIN_MS = 30_000;
const SERVICES = {
  gateway: 'status.gateway',
  auth: 'status.auth',
  tasks: 'status.tasks',
  notifications: 'status.notifications',
  metrics: 'status.metrics',
} as const;
const SHARES = ['day', 'week', 'month', 'quarter'] as const;

/** How available each service was, as the health checker saw it. Only who is signed in is told. */
export function History() {
  const { data } = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => getStatus(signal), refetchInterval: AGAIN_MS, retry: false });
  if (!data) return null;
  return (
    <section aria-labelledby="status-history">
      <h2 id="status-history">{t('status.history')}</h2>
      <ul>
        {data.targets.map((target) => (
          <Target key={target.target} target={target} />
        ))}
      </ul>
      <h2>{t('status.incidents')}</h2>
      {data.incidents.length === 0 ? (
        <p className="quiet">{t('status.noIncidents')}</p>
      ) : (
        <ul>
          {data.incidents.map((incident) => (
            <li key={`${incident.target} ${incident.startedAt}`}>{sayIncident(incident)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Target({ target: { target, uptime, hours, days } }: { target: TargetStatus }) {
  return (
    <li className="history">
      <h3>{nameOf(target)}</h3>
      <Bars
        label={t('status.lastHours')}
        periods={hours}
        say={({ start }) => formatDateTime(start, { weekday: 'short', hour: 'numeric' })}
      />
      <Bars label={t('status.lastDays')} periods={days} say={({ start }) => formatFullDay(toDay(new Date(start)))} />
      <dl className="history-shares">
        {SHARES.map((span) => (
          <div key={span}>
            <dt>{t(`status.${span}`)}</dt>
            <dd className="number">{sayShare(uptime[span])}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

interface BarsProps {
  label: string;
  periods: AvailabilityPeriod[];
  say: (period: AvailabilityPeriod) => string;
}

/** One bar a period, oldest first; what is not up is told by its height too, not by colour alone. */
function Bars({ label, periods, say }: BarsProps) {
  const troubled = periods.filter(({ state }) => state === 'degraded' || state === 'down');
  const told =
    troubled.length === 0 ? t('status.noTrouble') : troubled.map((period) => `${say(period)}: ${sayShare(period.uptime)}`).join(', ');
  return (
    <figure>
      <div className="history-bars" role="img" aria-label={`${label}: ${told}`}>
        {periods.map((period) => (
          <span key={period.start} data-state={period.state} title={`${say(period)}: ${sayShare(period.uptime)}`} />
        ))}
      </div>
      <figcaption className="quiet">{label}</figcaption>
    </figure>
  );
}

/** Targets are what the health checker was told to look at: mostly services. */
const nameOf = (target: string): string => (target in SERVICES ? t(SERVICES[target as keyof typeof SERVICES]) : target);

const sayShare = (share: number | null): string =>
  share === null ? t('status.unknown') : formatNumber(share / 100, { style: 'percent', maximumFractionDigits: 2 });

function sayIncident({ target, state, startedAt, endedAt, minutes }: Incident): string {
  const what = t(state === 'down' ? 'status.incidentDown' : 'status.incidentDegraded', { target: nameOf(target), count: minutes });
  return `${formatMoment(startedAt)}${endedAt ? '' : ` (${t('status.goesOn')})`}: ${what}`;
}
