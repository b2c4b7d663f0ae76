import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Board as BoardData } from '@taskflow/contracts/tasks';
import { type FormEvent, useState } from 'react';
import { createTask, moveTask } from '../api/tasks.ts';
import { boardQuery } from '../data/queries.ts';
import { explain } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { findCard, MOVING, moved, withVersion } from './moved.ts';
import './board.css';

type Column = BoardData['columns'][number];
type Card = Column['cards'][number];
interface Move {
  card: Card;
  from: Column;
  to: Column;
}

export function Board({ board }: { board: BoardData }) {
  const client = useQueryClient();
  const { queryKey } = boardQuery(board.projectId);
  const show = (change: (shown: BoardData) => BoardData) =>
    client.setQueryData(queryKey, (shown: BoardData | undefined) => shown && change(shown));
  // Shown at once and sent one after the other, each with the version that the one before has made; taken back when it is
  // refused, such as with 412 when somebody else was faster.
  const move = useMutation({
    mutationKey: MOVING,
    scope: { id: 'move' },
    mutationFn: ({ card, to }: Move) => moveTask(card.id, findCard(client.getQueryData(queryKey), card.id)?.version ?? card.version, to.id),
    onMutate: async ({ card, to }) => {
      await client.cancelQueries({ queryKey });
      show((shown) => moved(shown, card.id, to.id));
    },
    onSuccess: ({ id, version }) => show((shown) => withVersion(shown, id, version)),
    onError: (_error, { card, from }) => show((shown) => moved(shown, card.id, from.id)),
    // What is fetched while another move is under way would not have it.
    onSettled: () => (client.isMutating({ mutationKey: MOVING }) === 1 ? client.invalidateQueries({ queryKey }) : undefined),
  });
  return (
    <>
      {move.isError && (
        <p className="board-error" role="alert">
          {explain(move.error)}
        </p>
      )}
      <div className="board">
        {board.columns.map((column, index) => (
          <section key={column.id} className="board-column" aria-label={column.name}>
            <h2 className="board-name">
              <span className="cut">{column.name}</span>
              <span className="number">{column.cards.length}</span>
            </h2>
            <ul className="board-cards">
              {column.cards.map((card) => (
                <li key={card.id} className="board-card">
                  <span className="board-id number">{`${board.key}-${card.number}`}</span>
                  <span className="board-title">{card.title}</span>
                  <span className="board-moves">
                    <MoveButton arrow="←" from={column} to={board.columns[index - 1]} card={card} onMove={move.mutate} />
                    <MoveButton arrow="→" from={column} to={board.columns[index + 1]} card={card} onMove={move.mutate} />
                  </span>
                </li>
              ))}
            </ul>
            <AddTask projectId={board.projectId} columnId={column.id} />
          </section>
        ))}
      </div>
    </>
  );
}

interface MoveButtonProps {
  arrow: string;
  from: Column;
  to: Column | undefined;
  card: Card;
  onMove: (move: Move) => void;
}

function MoveButton({ arrow, from, to, card, onMove }: MoveButtonProps) {
  if (!to) return null;
  return (
    <button
      type="button"
      className="button"
      data-kind="plain"
      aria-label={t('board.move', { task: card.title, column: to.name })}
      onClick={() => onMove({ card, from, to })}
    >
      {arrow}
    </button>
  );
}

/** What was typed stays until the task is there. */
function AddTask({ projectId, columnId }: { projectId: string; columnId: string }) {
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const [key, setKey] = useState(() => crypto.randomUUID());
  const type = (text: string) => {
    setTitle(text);
    setKey(crypto.randomUUID()); // another text is another task
  };
  const add = useMutation({
    mutationFn: () => createTask(projectId, { title: title.trim(), columnId }, key),
    onSuccess: () => {
      type('');
      return client.invalidateQueries({ queryKey: boardQuery(projectId).queryKey });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim() && !add.isPending) add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <input
        className="board-add"
        aria-label={t('board.add')}
        placeholder={t('board.add')}
        maxLength={500}
        value={title}
        onChange={(event) => type(event.target.value)}
      />
      {add.isError && <p role="alert">{explain(add.error)}</p>}
    </form>
  );
}
