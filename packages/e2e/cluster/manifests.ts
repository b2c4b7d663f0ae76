import { parseAllDocuments } from 'yaml';
import { kubectl } from './kubectl.ts';

/** Any resource as a manifest has it. */
export interface Manifest {
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: manifests are looked into as deep as they are
  [field: string]: any;
}

/** What `kubectl apply -k` would send. */
export async function render(folder: string): Promise<Manifest[]> {
  const text = await kubectl(['kustomize', folder]);
  return parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: -1 }));
}
