import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One line of k8s/flows.json: who may open a TCP connection to whom, and what for. */
export interface Flow {
  from: string;
  to: string;
  port: number;
  for: string;
}

/** The permitted flows, written down once; the policies, the documentation and the cluster are checked against them. */
export const flows: Flow[] = JSON.parse(readFileSync(fileURLToPath(new URL('../../../k8s/flows.json', import.meta.url)), 'utf8'));

export const arrow = (from: string, to: string, port: number): string => `${from} → ${to}:${port}`;

/** The flows of some processes as arrows, sorted; what everyone may do is said for each. */
export function arrows(processes: string[], permitted = flows): string[] {
  return permitted
    .flatMap(({ from, to, port }) => (from === 'everyone' ? processes : [from]).map((source) => arrow(source, to, port)))
    .sort();
}
