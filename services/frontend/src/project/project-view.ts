import { useQuery } from '@tanstack/react-query';
import type { Board, Label, Project } from '@taskflow/contracts/tasks';
import { createContext, useContext, useMemo } from 'react';
import type { Person } from '../api/auth.ts';
import { applyToBoard } from '../changes/apply.ts';
import { useProjectChanges } from '../changes/changes.ts';
import { boardQuery, labelsQuery, membersQuery } from '../data/queries.ts';

/** What of a project stays while its tasks change. */
export interface ProjectFrame {
  project: Project;
  /** everyone of the workspace, those who left included */
  people: Map<string, Person>;
  labels: Map<string, Label>;
  mayEdit: boolean;
  mayManage: boolean;
  /** address of the project */
  path: string;
}

/** What every view of a project draws from: the board as it will be once all waiting changes are carried out. */
export interface ProjectView extends ProjectFrame {
  board: Board;
}

export const FrameContext = createContext<ProjectFrame | undefined>(undefined);
export const BoardContext = createContext<Board | undefined>(undefined);

export function useFrame(): ProjectFrame {
  const frame = useContext(FrameContext);
  if (!frame) throw new Error('no project around');
  return frame;
}

/** For what draws or changes many tasks: it is drawn anew with each change of any of them, which a card must not be. */
export function useProject(): ProjectView {
  const frame = useFrame();
  const board = useContext(BoardContext);
  if (!board) throw new Error('no board around');
  return useMemo(() => ({ ...frame, board }), [frame, board]);
}

export function useBoard(projectId: string) {
  const query = useQuery(boardQuery(projectId));
  const changes = useProjectChanges(projectId);
  const board = useMemo(() => query.data && applyToBoard(query.data, changes), [query.data, changes]);
  return { query, board };
}

const byId = <T extends { id: string }>(items: T[] = []): Map<string, T> => new Map(items.map((item) => [item.id, item]));

export function usePeople(workspaceId: string): Map<string, Person> {
  const { data } = useQuery(membersQuery(workspaceId));
  return useMemo(() => new Map(data?.map((person) => [person.userId, person])), [data]);
}

export function useLabels(projectId: string): Map<string, Label> {
  const { data } = useQuery(labelsQuery(projectId));
  return useMemo(() => byId(data), [data]);
}
