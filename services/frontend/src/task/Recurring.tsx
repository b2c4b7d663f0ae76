import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Task } from '@taskflow/contracts/tasks';
import { type FormEvent, useState } from 'react';
import { deleteRecurrence, setRecurrence } from '../api/tasks.ts';
import { recurrenceQuery } from '../data/queries.ts';
import { Dialog } from '../design/Dialog.tsx';
import { explain } from '../design/explain.ts';
import { Field } from '../design/Field.tsx';
import { Icon } from '../design/Icon.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { formatDay, timeZone } from '../i18n/dates.ts';
import { formatList, t } from '../i18n/translate.ts';
import { Fact } from './Facts.tsx';

/** Rules of RFC 5545 that have a name here; every other one can be typed. */
const NAMED = {
  'FREQ=DAILY': 'recurrence.daily',
  'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR': 'recurrence.weekdays',
  'FREQ=WEEKLY': 'recurrence.weekly',
  'FREQ=WEEKLY;INTERVAL=2': 'recurrence.biweekly',
  'FREQ=MONTHLY': 'recurrence.monthly',
  'FREQ=MONTHLY;BYDAY=-1FR': 'recurrence.lastFriday',
  'FREQ=YEARLY': 'recurrence.yearly',
} as const;

const sayRule = (rule: string): string => (rule in NAMED ? t(NAMED[rule as keyof typeof NAMED]) : rule);

/** Whether the task comes again once it is done, and when. */
export function Recurring({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const { data } = useQuery(recurrenceQuery(task.id));
  const [isOpen, setOpen] = useState(false);
  if (!data && !canEdit) return null;
  return (
    <>
      <Fact name={t('recurrence.name')} canEdit={canEdit} open={() => setOpen(true)} isOpen={isOpen}>
        {data ? sayRule(data.rule) : undefined}
      </Fact>
      {isOpen && <RecurrenceDialog task={task} rule={data?.rule ?? ''} next={data?.next ?? []} onClose={() => setOpen(false)} />}
    </>
  );
}

interface RecurrenceDialogProps {
  task: Task;
  rule: string;
  next: string[];
  onClose: () => void;
}

function RecurrenceDialog({ task, rule, next, onClose }: RecurrenceDialogProps) {
  const client = useQueryClient();
  const [chosen, setChosen] = useState<string>(rule === '' || rule in NAMED ? rule : 'own');
  const [own, setOwn] = useState(rule);
  const save = useMutation({
    mutationFn: async () => {
      const wanted = chosen === 'own' ? own.trim() : chosen;
      if (wanted !== '') return setRecurrence(task.id, task.version, { rule: wanted, timeZone: timeZone() });
      if (rule !== '') await deleteRecurrence(task.id, task.version);
      return null;
    },
    onSuccess: async (recurrence) => {
      client.setQueryData(recurrenceQuery(task.id).queryKey, recurrence);
      onClose();
      await client.invalidateQueries({ queryKey: ['task'] }); // it has another version now
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <Dialog title={t('recurrence.name')} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <fieldset className="choices">
          <legend className="unseen">{t('recurrence.name')}</legend>
          {[['', 'recurrence.never'] as const, ...(Object.entries(NAMED) as Array<[string, (typeof NAMED)[keyof typeof NAMED]]>)].map(
            ([value, key]) => (
              <label key={value} className="row">
                <input type="radio" name="rule" checked={chosen === value} onChange={() => setChosen(value)} />
                {t(key)}
              </label>
            ),
          )}
          <label className="row">
            <input type="radio" name="rule" checked={chosen === 'own'} onChange={() => setChosen('own')} />
            {t('recurrence.own')}
          </label>
        </fieldset>
        {chosen === 'own' && (
          <Field
            label={t('recurrence.rule')}
            hint={t('recurrence.ruleHint')}
            error={save.isError ? explain(save.error) : undefined}
            value={own}
            onChange={(event) => setOwn(event.target.value)}
            placeholder="FREQ=WEEKLY;BYDAY=MO,TH"
            maxLength={200}
            required
            spellCheck={false}
          />
        )}
        {save.isError && chosen !== 'own' && <Refusal error={save.error} />}
        {next.length > 0 && (
          <p className="quiet">
            <Icon name="due" size={14} /> {t('recurrence.next', { days: formatList(next.map(formatDay)) })}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button" data-kind="primary" aria-disabled={save.isPending}>
            {t('app.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
