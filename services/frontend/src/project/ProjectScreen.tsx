import { useQuery } from '@tanstack/react-query';
import { findProject } from '../data/projects.ts';
import { boardQuery, projectsQuery } from '../data/queries.ts';
import { Loaded, Skeleton } from '../design/states.tsx';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen } from '../shell/Shell.tsx';
import { Board } from './Board.tsx';
import { useLive } from './use-live.ts';

export default function ProjectScreen({ params }: { params: Record<string, string> }) {
  const projects = useQuery(projectsQuery);
  return (
    <Loaded query={projects} skeleton={<Skeleton />}>
      {(all) => {
        const project = findProject(all, params.project ?? '');
        return project ? <ProjectBoard id={project.id} name={project.name} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function ProjectBoard({ id, name }: { id: string; name: string }) {
  const board = useQuery(boardQuery(id));
  useLive();
  return (
    <Screen title={name}>
      <Loaded query={board} skeleton={<Skeleton />}>
        {(data) => <Board board={data} />}
      </Loaded>
    </Screen>
  );
}
