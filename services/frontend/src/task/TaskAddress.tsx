import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { projectPath } from '../data/projects.ts';
import { projectsQuery, taskQuery } from '../data/queries.ts';
import { Failed, Skeleton } from '../design/states.tsx';
import { navigate } from '../router/router.tsx';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen } from '../shell/Shell.tsx';

/** /tasks/ENG-12, as links in mails and texts have it: leads to the task in its project. */
export default function TaskAddress({ params }: { params: Record<string, string> }) {
  const task = useQuery(taskQuery(params.task!));
  const projects = useQuery(projectsQuery);
  const all = projects.data ?? [];
  const project = all.find(({ id }) => id === task.data?.projectId);
  const path = project && task.data && `${projectPath(project, all)}/board/${task.data.humanId}`;
  useEffect(() => {
    if (path) navigate(path, { replace: true });
  }, [path]);
  if (task.data && projects.data && !project) return <NotFound />;
  return (
    <Screen title={params.task!}>
      {task.isError ? <Failed error={task.error} retry={() => void task.refetch()} /> : <Skeleton lines={4} />}
    </Screen>
  );
}
