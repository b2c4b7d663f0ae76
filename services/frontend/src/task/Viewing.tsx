import { Avatar } from '../design/Avatar.tsx';
import { formatList, t } from '../i18n/translate.ts';
import { useViewers } from '../live/viewers.ts';
import { useFrame } from '../project/project-view.ts';
import { useMe } from '../shell/Shell.tsx';

/** Who else looks at the task. */
export function Viewing({ taskId }: { taskId: string }) {
  const me = useMe();
  const { people } = useFrame();
  const others = useViewers(taskId).filter((id) => id !== me.id);
  const names = others.map((id) => people.get(id)?.name ?? t('task.somebody'));
  return (
    <span className="viewing" role="status" title={others.length > 0 ? t('live.viewing', { names: formatList(names) }) : undefined}>
      {others.slice(0, 4).map((id, index) => (
        <Avatar key={id} id={id} name={names[index]!} />
      ))}
      {others.length > 0 && <span className="unseen">{t('live.viewing', { names: formatList(names) })}</span>}
    </span>
  );
}
