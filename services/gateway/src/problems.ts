import { defineProblems } from '@taskflow/http/problem';

/** What only the gateway answers. */
export const gatewayProblems = defineProblems({
  bad_target: { status: 400, title: 'This request target is not accepted' },
  csrf_refused: { status: 403, title: 'This request did not come from the web app' },
  upgrade_refused: { status: 501, title: 'Protocol upgrades are not supported' },
  overloaded: { status: 503, title: 'Too busy at the moment; try again soon' },
  target_unavailable: { status: 503, title: 'This part of TaskFlow is not available at the moment' },
  bad_gateway: { status: 502, title: 'A part of TaskFlow gave no usable answer' },
});
