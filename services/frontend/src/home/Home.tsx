import { useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { projectPath } from '../data/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Icon } from '../design/Icon.tsx';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import './home.css';
import { lazyPart } from '../design/lazy-part.ts';

const NewProject = lazyPart(() => import('../project/NewProject.tsx'));

export default function Home() {
  const me = useMe();
  const projects = useQuery(projectsQuery);
  const [creating, setCreating] = useState(false);
  return (
    <Screen title={t('home.title', { name: me.name })}>
      <Loaded query={projects} skeleton={<Skeleton lines={4} />}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="board" title={t('home.emptyTitle')}>
              <p>{t('home.emptyText')}</p>
              <button type="button" className="button" data-kind="primary" onClick={() => setCreating(true)}>
                <Icon name="add" />
                {t('project.new')}
              </button>
              <Link to="/import" className="button" data-kind="plain">
                {t('import.title')}
              </Link>
            </Empty>
          ) : (
            <ul className="home-projects">
              {all
                .filter(({ archived }) => !archived)
                .map((project) => (
                  <li key={project.id}>
                    <Link to={projectPath(project, all)} className="home-project">
                      <span className="sidebar-key number">{project.key}</span>
                      <strong className="cut">{project.name}</strong>
                    </Link>
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
      <Suspense>{creating && <NewProject onClose={() => setCreating(false)} />}</Suspense>
    </Screen>
  );
}
