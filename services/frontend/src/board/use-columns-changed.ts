import { useQueryClient } from '@tanstack/react-query';
import { boardQuery, projectsQuery } from '../data/queries.ts';
import { useFrame } from '../project/project-view.ts';

/** What a change of the columns changes: the board and the projects. */
export function useColumnsChanged(): () => Promise<unknown> {
  const client = useQueryClient();
  const { project } = useFrame();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: boardQuery(project.id).queryKey }),
      client.invalidateQueries({ queryKey: projectsQuery.queryKey }),
    ]);
}
