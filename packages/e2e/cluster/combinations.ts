import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { kubectl } from './kubectl.ts';
import type { Manifest } from './manifests.ts';

export interface Combination {
  overlay: 'dev' | 'prod';
  /** of k8s/components, besides those that the overlay cannot be without */
  components: string[];
}

export interface Rendered extends Combination {
  /** such as `dev + hpa + smtp` */
  name: string;
  /** of each manifest, as it would be sent */
  texts: string[];
  manifests: Manifest[];
}

/** Every component that an overlay may have or not have. postgres and external-postgres exclude each other: dev has one, prod the other. */
export const OPTIONAL = ['monitoring', 'hpa', 'ingress', 'gateway-api', 'smtp', 'network-policy-audit'];

/** Without one of them nobody reaches prod; dev has a port of the node. */
const HTTPS = ['ingress', 'gateway-api'];

/** Every overlay with every set of components. */
export function allCombinations(): Combination[] {
  const sets = Array.from({ length: 2 ** OPTIONAL.length }, (_, bits) => OPTIONAL.filter((_, at) => bits & (1 << at)));
  const reachable = sets.filter((set) => HTTPS.some((component) => set.includes(component)));
  return [
    ...sets.map((components): Combination => ({ overlay: 'dev', components })),
    ...reachable.map((components): Combination => ({ overlay: 'prod', components })),
  ];
}

const nameOf = ({ overlay, components }: Combination): string => [overlay, ...components].join(' + ');

const parsed = new Map<string, Manifest>();

/** Most of what a combination renders is what the others do too, so it is parsed once. It must not be changed. */
function parseOnce(text: string): Manifest {
  const known = parsed.get(text) ?? (parse(text) as Manifest);
  parsed.set(text, known);
  return known;
}

/** Renders combinations as someone would write them: into `components` of the overlay, before the one that names the images. */
export async function renderAll(combinations: Combination[]): Promise<Rendered[]> {
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-manifests-'));
  try {
    cpSync(fileURLToPath(new URL('../../../k8s', import.meta.url)), folder, { recursive: true });
    const rendered: Rendered[] = [];
    const waiting = [...combinations.entries()];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [at, combination] = next;
        const output = await kubectl(['kustomize', write(folder, combination, at)]);
        const texts = output.split(/^---$/m);
        rendered[at] = { ...combination, name: nameOf(combination), texts, manifests: texts.map(parseOnce) };
      }
    };
    await Promise.all([work(), work()]);
    return rendered;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(folder: string, { overlay, components }: Combination, at: number): string {
  const target = join(folder, 'overlays', `${overlay}-${at}`);
  cpSync(join(folder, 'overlays', overlay), target, { recursive: true });
  const file = join(target, 'kustomization.yaml');
  const kustomization = parse(readFileSync(file, 'utf8')) as { components: string[] };
  const optional = new Set(OPTIONAL.map((component) => `../../components/${component}`));
  const own = kustomization.components.filter((path) => !optional.has(path));
  const images = own.at(-1) === 'images' ? own.splice(-1) : [];
  kustomization.components = [...own, ...components.map((component) => `../../components/${component}`), ...images];
  writeFileSync(file, stringify(kustomization));
  return target;
}
