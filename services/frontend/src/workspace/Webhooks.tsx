import { useQuery } from '@tanstack/react-query';
import type { Webhook } from '@taskflow/contracts/notifications';
import { useState } from 'react';
import { createWebhook, deleteWebhook, listWebhooks, patchWebhook, pingWebhook, rotateWebhookSecret } from '../api/notifications.ts';
import { projectsQuery } from '../data/queries.ts';
import { queryClient } from '../data/query-client.ts';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { useSubmit } from '../session/use-submit.ts';
import { Once } from '../settings/Once.tsx';
import { useSave } from '../settings/use-save.ts';
import { Deliveries } from './Deliveries.tsx';

const keyOf = (workspaceId: string) => ['webhooks', workspaceId];

/** Where other programs are told of changes, and what became of each message. */
export function Webhooks({ workspaceId, chosen }: { workspaceId: string; chosen: string | undefined }) {
  const webhooks = useQuery({ queryKey: keyOf(workspaceId), queryFn: ({ signal }) => listWebhooks(workspaceId, signal) });
  const [secret, setSecret] = useState<string>();
  return (
    <Loaded query={webhooks} skeleton={<Skeleton lines={4} />}>
      {(all) => {
        const open = all.find(({ id }) => id === chosen);
        if (open) return <OpenWebhook webhook={open} />;
        return (
          <section aria-labelledby="webhooks">
            <h2 id="webhooks">{t('webhook.title')}</h2>
            <p className="quiet">{t('webhook.text')}</p>
            {secret && <Once label={t('webhook.secret')} value={secret} />}
            <ul>
              {all.map((webhook) => (
                <li key={webhook.id} className="settings-item">
                  <div className="grow">
                    <Link to={`/workspaces/${workspaceId}/webhooks/${webhook.id}`}>
                      <strong>{webhook.name}</strong>
                    </Link>
                    <p className="quiet">{webhook.url}</p>
                  </div>
                  <State webhook={webhook} />
                </li>
              ))}
            </ul>
            <NewWebhook key={all.length} workspaceId={workspaceId} onMade={setSecret} />
          </section>
        );
      }}
    </Loaded>
  );
}

function State({ webhook: { enabled, disabledReason, failingSince } }: { webhook: Webhook }) {
  if (!enabled) return <span className="quiet">{t(disabledReason === 'by-hand' ? 'webhook.off' : 'webhook.gaveUp')}</span>;
  return <span className={failingSince ? 'webhook-bad' : 'webhook-good'}>{t(failingSince ? 'webhook.failing' : 'webhook.on')}</span>;
}

function NewWebhook({ workspaceId, onMade }: { workspaceId: string; onMade: (secret: string) => void }) {
  const projects = (useQuery(projectsQuery).data ?? []).filter((project) => project.workspaceId === workspaceId);
  const { error, busy, onSubmit } = useSubmit(async ({ name = '', url = '', projectId }) => {
    const made = await createWebhook({ workspaceId, name: name.trim(), url: url.trim(), projectId: projectId || null });
    onMade(made.secret);
    await queryClient.invalidateQueries({ queryKey: keyOf(workspaceId) });
  });
  return (
    <form className="form" onSubmit={onSubmit} aria-label={t('webhook.new')}>
      <Refusal error={error} />
      <Field label={t('project.name')} name="name" maxLength={100} required autoComplete="off" />
      <Field label={t('webhook.url')} name="url" type="url" maxLength={2000} required placeholder="https://" autoComplete="off" />
      <SelectField label={t('webhook.project')} name="projectId">
        <option value="">{t('webhook.allProjects')}</option>
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <div className="dialog-actions">
        <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
          {t('webhook.create')}
        </button>
      </div>
    </form>
  );
}

function OpenWebhook({ webhook }: { webhook: Webhook }) {
  const back = `/workspaces/${webhook.workspaceId}/webhooks`;
  const key = keyOf(webhook.workspaceId);
  const deliveries = ['deliveries', webhook.id];
  const [secret, setSecret] = useState<string>();
  const turn = useSave(() => patchWebhook(webhook, { enabled: !webhook.enabled }), [key], t('settings.saved'));
  const ping = useSave(() => pingWebhook(webhook.id), [deliveries], t('webhook.pinged'));
  const rotate = useSave(async () => setSecret((await rotateWebhookSecret(webhook.id)).secret), [key]);
  const remove = useSave(() => deleteWebhook(webhook), [key], t('webhook.deleted'));
  return (
    <section aria-labelledby="webhook">
      <h2 id="webhook">
        <Link to={back}>{t('webhook.title')}</Link> / {webhook.name}
      </h2>
      <p className="quiet">{webhook.url}</p>
      <State webhook={webhook} />
      {secret && <Once label={t('webhook.secret')} value={secret} />}
      <div className="row" data-wrap="">
        <button type="button" className="button" data-kind="plain" data-size="small" onClick={() => ping.mutate(undefined)}>
          {t('webhook.ping')}
        </button>
        <button type="button" className="button" data-kind="plain" data-size="small" onClick={() => turn.mutate(undefined)}>
          {t(webhook.enabled ? 'webhook.turnOff' : 'webhook.turnOn')}
        </button>
        <button
          type="button"
          className="button"
          data-kind="plain"
          data-size="small"
          onClick={() => confirm(t('webhook.confirmRotate')) && rotate.mutate(undefined)}
        >
          {t('webhook.rotate')}
        </button>
        <button
          type="button"
          className="button"
          data-kind="danger"
          data-size="small"
          onClick={() => confirm(t('webhook.confirmDelete', { name: webhook.name })) && remove.mutate(undefined)}
        >
          {t('webhook.delete')}
        </button>
      </div>
      <Deliveries webhookId={webhook.id} />
    </section>
  );
}
