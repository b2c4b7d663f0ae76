import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allCombinations, type Rendered, renderAll } from './combinations.ts';
import { run } from './command.ts';
import { BACKEND, FRONTEND, kubectl } from './kubectl.ts';

/** The definitions of Gateway and HTTPRoute come from the Go module, whose checksum Go verifies; nothing of it is kept here. */
const GATEWAY_API = 'sigs.k8s.io/gateway-api@v1.4.1';
/** A Pod Security violation is a warning at anything but a pod. */
const DRY_RUN = ['apply', '--dry-run=server', '--warnings-as-errors'];

let rendered: Rendered[];
let definitions: string | undefined;
let reason = '';
const cleanUp: Array<() => Promise<unknown>> = [];

beforeAll(async () => {
  // A dry run makes no namespace for what is in it.
  for (const namespace of [FRONTEND, BACKEND]) {
    if (await exists(`namespace/${namespace}`)) continue;
    await kubectl(['create', 'namespace', namespace]);
    cleanUp.push(() => kubectl(['delete', 'namespace', namespace, '--wait=false']));
  }
  definitions = await findDefinitions().catch((error: Error) => {
    reason = error.message;
    return undefined;
  });
  if (definitions && !(await exists('customresourcedefinition/httproutes.gateway.networking.k8s.io'))) {
    const files = readdirSync(definitions)
      .filter((name) => /_(gatewayclasses|gateways|httproutes|referencegrants)\.yaml$/.test(name))
      .flatMap((name) => ['-f', join(definitions!, name)]);
    cleanUp.push(() => kubectl(['delete', '--ignore-not-found', ...files]));
    await kubectl(['create', ...files]);
    await kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...files]);
  }
  rendered = await renderAll(allCombinations());
}, 900_000);

afterAll(async () => {
  for (const undo of cleanUp) await undo();
}, 120_000);

const exists = (resource: string): Promise<boolean> =>
  kubectl(['get', resource]).then(
    () => true,
    () => false,
  );

async function findDefinitions(): Promise<string> {
  const { Dir } = JSON.parse(await run('go', ['mod', 'download', '-json', GATEWAY_API]));
  return join(Dir, 'config/crd/standard');
}

test('the API server accepts dev and prod as they are', async () => {
  for (const overlay of ['dev', 'prod']) {
    const answer = await kubectl([...DRY_RUN, '-k', `k8s/overlays/${overlay}`]);
    expect(answer.match(/\(server dry run\)$/gm)?.length).toBeGreaterThan(40);
  }
});

/** The API server looks at each by itself, so what several combinations have in common is sent once. */
const distinct = (isWanted: (text: string) => boolean): string[] => [...new Set(rendered.flatMap(({ texts }) => texts))].filter(isWanted);

const isGatewayApi = (text: string): boolean => /^apiVersion: gateway\.networking\.k8s\.io\//m.test(text);

/** In several goes, as one may name a resource only once. */
async function dryRun(texts: string[]): Promise<number> {
  const goes: Array<Map<string, string>> = [];
  for (const text of texts) {
    const [, kind] = /^kind: (.*)$/m.exec(text)!;
    const [, metadata] = /^metadata:\n((?: .*\n)+)/m.exec(text)!;
    const key = `${kind} ${/^ {2}namespace: .*$/m.exec(metadata!)} ${/^ {2}name: .*$/m.exec(metadata!)}`;
    const go = goes.find((one) => !one.has(key)) ?? new Map<string, string>();
    if (go.size === 0) goes.push(go);
    go.set(key, text);
  }
  let accepted = 0;
  for (const go of goes) {
    const answer = await kubectl([...DRY_RUN, '-f', '-'], { input: [...go.values()].join('---') });
    accepted += answer.match(/\(server dry run\)$/gm)?.length ?? 0;
  }
  return accepted;
}

test('the API server accepts everything of every combination', async () => {
  const texts = distinct((text) => !isGatewayApi(text));
  expect(await dryRun(texts)).toBe(texts.length);
  console.log(`${rendered.length} combinations, ${texts.length} different resources`);
});

test('the API server accepts the Gateway API variant', async ({ skip }) => {
  skip(!definitions, `the definitions of the Gateway API are not to be had: ${reason}`);
  const texts = distinct(isGatewayApi);
  expect(await dryRun(texts)).toBe(3);
});

test('what it does not accept is found', async () => {
  const faulty = (kind: string, from: string, to: string) => {
    const text = distinct((one) => one.includes(`\nkind: ${kind}\n`)).find((one) => one.includes(from));
    return dryRun([text!.replace(from, to)]);
  };
  await expect(faulty('HorizontalPodAutoscaler', 'maxReplicas: 5', 'maxReplicas: 0')).rejects.toThrow(/maxReplicas/);
  await expect(faulty('NetworkPolicy', 'port: 5000', 'port: 500000')).rejects.toThrow(/between 1 and 65535/);
  await expect(faulty('Deployment', 'runAsNonRoot: true', 'runAsNonRoot: false')).rejects.toThrow(/violate PodSecurity|warning/i);
  await expect(faulty('Ingress', 'host: taskflow.example.org', 'host: "taskflow.example.org:443"')).rejects.toThrow(/host/);
});
