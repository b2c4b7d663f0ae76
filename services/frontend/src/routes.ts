import { allTexts } from './i18n/translate.ts';
import { type Route, route } from './router/router.tsx';

/** A screen with its texts; the board's are there first. */
const screen = (pattern: string, load: Parameters<typeof route>[1]): Route =>
  route(pattern, () => Promise.all([load(), allTexts()]).then(([part]) => part));

/** Screens that need nobody to be signed in. */
export const publicRoutes: Route[] = [
  screen('/sign-in', () => import('./session/SignIn.tsx')),
  screen('/register', () => import('./session/Register.tsx')),
  screen('/forgotten', () => import('./session/Forgotten.tsx')),
  screen('/password-reset', () => import('./session/ResetPassword.tsx')),
  screen('/invitation', () => import('./session/Invitation.tsx')),
  screen('/status', () => import('./status/Status.tsx')),
];

/** Screens inside the shell, in the order in which addresses are looked up. */
export const privateRoutes: Route[] = [
  screen('/', () => import('./home/Home.tsx')),
  route('/projects/:project/:view?/:task?', () => import('./project/ProjectScreen.tsx')),
  screen('/tasks/:task', () => import('./task/TaskAddress.tsx')),
  screen('/today', () => import('./today/Today.tsx')),
  screen('/search', () => import('./search/Search.tsx')),
  screen('/inbox', () => import('./inbox/Inbox.tsx')),
  screen('/settings/:section?', () => import('./settings/Settings.tsx')),
  screen('/workspaces/:workspace/:section?/:item?', () => import('./workspace/Workspace.tsx')),
  screen('/import', () => import('./import/Import.tsx')),
];
