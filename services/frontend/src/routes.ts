import { type Route, route } from './router/router.tsx';

/** Screens that need nobody to be signed in. */
export const publicRoutes: Route[] = [
  route('/sign-in', () => import('./session/SignIn.tsx')),
  route('/register', () => import('./session/Register.tsx')),
  route('/forgotten', () => import('./session/Forgotten.tsx')),
  route('/password-reset', () => import('./session/ResetPassword.tsx')),
  route('/invitation', () => import('./session/Invitation.tsx')),
  route('/status', () => import('./status/Status.tsx')),
];

/** Screens inside the shell, in the order in which addresses are looked up. */
export const privateRoutes: Route[] = [
  route('/', () => import('./home/Home.tsx')),
  route('/projects/:project/:view?/:task?', () => import('./project/ProjectScreen.tsx')),
  route('/tasks/:task', () => import('./task/TaskAddress.tsx')),
  route('/today', () => import('./today/Today.tsx')),
  route('/search', () => import('./search/Search.tsx')),
  route('/inbox', () => import('./inbox/Inbox.tsx')),
  route('/settings/:section?', () => import('./settings/Settings.tsx')),
  route('/workspaces/:workspace/:section?/:item?', () => import('./workspace/Workspace.tsx')),
  route('/import', () => import('./import/Import.tsx')),
];
