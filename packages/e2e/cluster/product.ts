import { randomBytes } from 'node:crypto';
import { Person } from '../src/person.ts';

/** Where the dev overlay answers, from outside the cluster. */
const URL_OUTSIDE = process.env.E2E_URL ?? 'http://localhost:30080';

/** The product as Person and EventStream know it: through frontend-svc and its nginx, as a browser would. */
export const product = { url: URL_OUTSIDE, gatewayUrl: `${URL_OUTSIDE}/api` };

export interface Project {
  id: string;
  workspaceId: string;
  columns: Array<{ id: string; name: string }>;
}

/** Somebody new, registered and signed in. */
export async function newPerson(): Promise<Person> {
  const name = randomBytes(6).toString('hex');
  const person = new Person(product, `${name}@example.org`, `correct horse ${name}`);
  await person.register(name);
  return person;
}

/** Somebody new, with a project of their own. */
export async function newcomer(): Promise<{ person: Person; project: Project }> {
  const person = await newPerson();
  return { person, project: await createProject(person) };
}

export const createProject = (person: Person, workspaceId?: string): Promise<Project> => {
  const key = `E${randomBytes(3).toString('hex').toUpperCase()}`;
  return person.must('POST', '/tasks/projects', { key, name: `Project ${key}`, ...(workspaceId ? { workspaceId } : {}) });
};
