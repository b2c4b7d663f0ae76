import { problems } from '../problems.ts';
import type { Egress } from './egress.ts';

/** @throws Problem 422 that says why webhooks cannot go to this address of a request's body */
export function assertReachable(egress: Egress, url: string): void {
  const objection = egress.objection(url);
  if (!objection) return;
  const detail = `Webhooks cannot be sent to this address: ${objection.detail}`;
  throw problems.url_refused({ detail, members: { errors: [{ ...objection, pointer: '/body/url' }] } });
}
