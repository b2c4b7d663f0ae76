import { useQuery } from '@tanstack/react-query';
import type { Project } from '@taskflow/contracts/tasks';
import { type ComponentType, Suspense, useMemo } from 'react';
import { BoardSkeleton } from '../board/BoardSkeleton.tsx';
import { BoardView } from '../board/BoardView.tsx';
import { findProject, projectPath } from '../data/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Icon, type IconName } from '../design/Icon.tsx';
import { Failed, Skeleton } from '../design/states.tsx';
import { type PlainKey, t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { NotFound } from '../shell/NotFound.tsx';
import { Screen, TopBar } from '../shell/Shell.tsx';
import { BoardContext, FrameContext, type ProjectFrame, useBoard, useLabels, usePeople } from './project-view.ts';
import './project.css';
import { lazyPart } from '../design/lazy-part.ts';

const TaskPanel = lazyPart(() => import('../task/TaskPanel.tsx'));

interface View {
  id: string;
  name: PlainKey;
  icon: IconName;
  view: ComponentType;
}

const VIEWS: View[] = [
  { id: 'board', name: 'project.board', icon: 'board', view: BoardView },
  { id: 'list', name: 'project.list', icon: 'list', view: lazyPart(() => import('../list/ListView.tsx')) },
  { id: 'calendar', name: 'project.calendar', icon: 'calendar', view: lazyPart(() => import('../calendar/CalendarView.tsx')) },
  { id: 'timeline', name: 'timeline.title', icon: 'timeline', view: lazyPart(() => import('../timeline/TimelineView.tsx')) },
  { id: 'insights', name: 'insights.title', icon: 'chart', view: lazyPart(() => import('../insights/InsightsView.tsx')) },
  { id: 'settings', name: 'settings.title', icon: 'settings', view: lazyPart(() => import('./ProjectSettings.tsx')) },
];

/** A project in one of its views, perhaps with a task open over it. */
export default function ProjectScreen({ params }: { params: Record<string, string> }) {
  const projects = useQuery(projectsQuery);
  const project = projects.data && findProject(projects.data, params.project!);
  if (!projects.data) {
    return (
      <Screen title="">
        {projects.isError ? <Failed error={projects.error} retry={() => void projects.refetch()} /> : <BoardSkeleton />}
      </Screen>
    );
  }
  if (!project) return <NotFound />;
  const view = VIEWS.find(({ id }) => id === (params.view ?? 'board')) ?? VIEWS[0]!;
  return <OpenProject key={project.id} project={project} path={projectPath(project, projects.data)} view={view} task={params.task} />;
}

function OpenProject({ project, path, view, task }: { project: Project; path: string; view: View; task: string | undefined }) {
  const { query, board } = useBoard(project.id);
  const people = usePeople(project.workspaceId);
  const labels = useLabels(project.id);
  const frame = useMemo((): ProjectFrame => {
    const mayEdit = project.actions.includes('task.edit') && !project.archived;
    return { project, people, labels, mayEdit, mayManage: project.actions.includes('project.manage'), path };
  }, [project, people, labels, path]);
  return (
    <>
      {!task && <title>{`${project.name} · TaskFlow`}</title>}
      <TopBar title={project.name}>
        <nav className="tabs" aria-label={t('project.views')}>
          {VIEWS.map(({ id, name, icon }) => (
            <Link key={id} to={`${path}/${id}`} className="tab" aria-current={id === view.id ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{t(name)}</span>
            </Link>
          ))}
        </nav>
      </TopBar>
      <div className="project" data-task={task ? '' : undefined}>
        {board ? (
          <FrameContext value={frame}>
            <BoardContext value={board}>
              <main id="main" className="project-view" tabIndex={-1}>
                <Suspense fallback={<Skeleton />}>
                  <view.view />
                </Suspense>
              </main>
              {task && (
                <Suspense fallback={<aside className="panel" aria-busy="true" />}>
                  <TaskPanel key={task} reference={task} closePath={`${path}/${view.id}`} />
                </Suspense>
              )}
            </BoardContext>
          </FrameContext>
        ) : (
          <main id="main" className="project-view" tabIndex={-1}>
            {query.isError ? <Failed error={query.error} retry={() => void query.refetch()} /> : <BoardSkeleton />}
          </main>
        )}
      </div>
    </>
  );
}
