import { memo, useEffect, useRef, useState } from 'react';
import type { Card } from '../changes/apply.ts';
import { isTemporaryId } from '../changes/change.ts';
import { Avatar } from '../design/Avatar.tsx';
import { Icon } from '../design/Icon.tsx';
import { formatDay, today } from '../i18n/dates.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { Link } from '../router/router.tsx';
import { type Edge, useDragAndDrop } from './drag.ts';
import { PriorityMark } from './PriorityMark.tsx';
import type { Spot } from './steps.ts';

interface CardViewProps {
  card: Card;
  columnId: string;
  lane: string;
  /** the one card of the board that the tab key reaches; arrow keys go on from there */
  isCurrent: boolean;
  isGrabbed: boolean;
  isOpen: boolean;
  isDone: boolean;
  search: string;
  onMenu: (spot: Spot, anchor: HTMLElement) => void;
}

export const CardView = memo(function CardView(props: CardViewProps) {
  const { card, columnId, lane, isCurrent, isGrabbed, isOpen, isDone, search, onMenu } = props;
  const { project, path, people, labels, mayEdit } = useFrame();
  const ref = useRef<HTMLElement>(null);
  const [edge, setEdge] = useState<Edge>(null);
  const [isDragged, setDragged] = useState(false);
  const drag = useDragAndDrop();
  const isNew = isTemporaryId(card.id);
  useEffect(() => {
    if (!drag || !ref.current || isNew || !mayEdit) return;
    return drag.dragCard(ref.current, { id: card.id, columnId, lane }, { onEdge: setEdge, onDragged: setDragged });
  }, [drag, card.id, columnId, lane, isNew, mayEdit]);

  const name = isNew ? '' : `${project.key}-${card.number}`;
  const isLate = card.dueDate !== undefined && card.dueDate < today() && !isDone;
  return (
    <article
      ref={ref}
      className="card"
      data-card={card.id}
      data-lane={lane}
      data-edge={edge ?? undefined}
      data-dragged={isDragged || undefined}
      data-grabbed={isGrabbed || undefined}
      data-open={isOpen || undefined}
      data-new={isNew || undefined}
    >
      {mayEdit && !isNew && (
        <button
          type="button"
          className="button card-more"
          data-icon=""
          data-size="small"
          tabIndex={-1} // by keyboard M opens it
          aria-label={t('card.menu', { name })}
          aria-haspopup="menu"
          onClick={(event) => onMenu({ lane, id: card.id }, event.currentTarget)}
        >
          <Icon name="more" />
        </button>
      )}
      {card.labelIds && (
        <ul className="card-labels" aria-label={t('task.labels')}>
          {card.labelIds.map((id) => {
            const label = labels.get(id);
            return (
              label && (
                <li key={id} className="label-chip" style={{ '--color': label.color }}>
                  {label.name}
                </li>
              )
            );
          })}
        </ul>
      )}
      {isNew ? (
        <span className="card-title">{card.title}</span>
      ) : (
        <Link
          to={`${path}/board/${name}${search}`}
          className="card-title"
          tabIndex={isCurrent ? 0 : -1}
          draggable={false}
          aria-current={isOpen || undefined}
          aria-describedby="board-keys"
        >
          {card.title}
        </Link>
      )}
      <div className="card-meta">
        <span className="card-id number">{name}</span>
        <PriorityMark priority={card.priority ?? 'none'} />
        {card.dueDate && (
          <span className="card-fact" data-late={isLate || undefined}>
            <Icon name="due" size={13} />
            <span className="unseen">{t('task.dueDate')}: </span>
            {formatDay(card.dueDate)}
          </span>
        )}
        {card.subtasks && (
          <span className="card-fact number">
            <Icon name="subtask" size={13} />
            <span className="unseen">{t('task.subtasks')}: </span>
            {card.subtasks[0]}/{card.subtasks[1]}
          </span>
        )}
        {card.comments && (
          <span className="card-fact number">
            <Icon name="comment" size={13} />
            <span className="unseen">{t('task.comments')}: </span>
            {card.comments}
          </span>
        )}
        {card.estimate !== undefined && (
          <span className="card-fact card-estimate number">
            <span className="unseen">{t('task.estimate')}: </span>
            {formatNumber(card.estimate)}
          </span>
        )}
        {card.assigneeIds && (
          <span className="avatars">
            <span className="unseen">{t('task.assignees')}: </span>
            {card.assigneeIds.slice(0, 4).map((id) => {
              const person = people.get(id)?.name ?? t('task.somebody');
              return (
                <span key={id} title={person}>
                  <Avatar id={id} name={person} />
                  <span className="unseen">{person}</span>
                </span>
              );
            })}
            {card.assigneeIds.length > 4 && <span className="card-fact number">+{card.assigneeIds.length - 4}</span>}
          </span>
        )}
      </div>
    </article>
  );
});
