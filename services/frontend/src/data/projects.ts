import type { Project } from '@taskflow/contracts/tasks';

/** By its key where that says which one is meant, since people read and write addresses; else by its id. */
export function projectPath(project: Project, all: Project[]): string {
  const isUnique = all.every(({ id, key }) => id === project.id || key !== project.key);
  return `/projects/${isUnique ? project.key : project.id}`;
}

export const findProject = (projects: Project[], keyOrId: string): Project | undefined =>
  projects.find(({ id }) => id === keyOrId) ?? projects.find(({ key }) => key === keyOrId);
