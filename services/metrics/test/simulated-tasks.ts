import { randomUUID } from 'node:crypto';
import type { ChangeEvent, ColumnCategory, EventType, ProjectSnapshot, TaskSnapshot } from '@taskflow/contracts/events';

export interface SimulatedProject {
  snapshot: ProjectSnapshot;
  tasks: TaskSnapshot[];
}

/** Stands for the tasks service: changes projects and tasks, and writes the events it would send. */
export class SimulatedTasks {
  readonly events: ChangeEvent[] = [];
  readonly workspaceId = randomUUID();
  clock: number;

  constructor(clock: number) {
    this.clock = clock;
  }

  createProject(categories: ColumnCategory[] = ['todo', 'active', 'done'], more: Partial<ProjectSnapshot> = {}): SimulatedProject {
    const snapshot: ProjectSnapshot = {
      id: randomUUID(),
      workspaceId: this.workspaceId,
      key: 'ENG',
      name: 'Engineering',
      private: false,
      members: [],
      columns: categories.map((category, index) => ({ id: randomUUID(), name: `Column ${index}`, category })),
      deleted: false,
      ...more,
    };
    const project = { snapshot, tasks: [] };
    this.#record('project.created', project);
    return project;
  }

  changeProject(project: SimulatedProject, change: Partial<ProjectSnapshot>, type: EventType = 'project.updated'): void {
    project.snapshot = { ...project.snapshot, ...change };
    this.#record(type, project);
  }

  createTask(project: SimulatedProject, column = 0, more: Partial<TaskSnapshot> = {}): TaskSnapshot {
    const { id, category } = project.snapshot.columns[column]!;
    const task: TaskSnapshot = {
      id: randomUUID(),
      humanId: `ENG-${project.tasks.length + 1}`,
      title: `Task ${project.tasks.length + 1}`,
      columnId: id,
      category,
      priority: 'none',
      assigneeIds: [],
      labelIds: [],
      parentId: null,
      dueDate: null,
      estimate: null,
      createdAt: new Date(this.clock).toISOString(),
      version: 1,
      deleted: false,
      ...more,
    };
    project.tasks.push(task);
    this.#record('task.created', project, task);
    return task;
  }

  changeTask(project: SimulatedProject, task: TaskSnapshot, change: Partial<TaskSnapshot>, type: EventType = 'task.updated'): void {
    Object.assign(task, change, { version: task.version + 1 });
    this.#record(type, project, task);
  }

  moveTask(project: SimulatedProject, task: TaskSnapshot, column: number): void {
    const { id, category } = project.snapshot.columns[column]!;
    this.changeTask(project, task, { columnId: id, category }, 'task.moved');
  }

  #record(type: EventType, project: SimulatedProject, task?: TaskSnapshot): void {
    this.events.push({
      id: randomUUID(),
      cursor: `1-${this.events.length}`,
      type,
      occurredAt: new Date(this.clock).toISOString(),
      workspaceId: this.workspaceId,
      projectId: project.snapshot.id,
      taskId: task?.id ?? null,
      actor: { userId: randomUUID(), name: 'Ana Example' },
      changes: [],
      notify: [],
      ...(task ? { task: structuredClone(task) } : { project: structuredClone(project.snapshot) }),
    });
  }
}
