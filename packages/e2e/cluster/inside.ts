import { kubectl, namespaceOf, type Pod } from './kubectl.ts';

/** Runs JavaScript in a Node of its own inside a container, which has no shell; returns what it prints. */
export function evaluate(pod: Pod, container: string, script: string): Promise<string> {
  const { name, labels } = pod.metadata;
  return kubectl(['exec', '-n', namespaceOf(labels?.app ?? ''), name, '-c', container, '--', '/nodejs/bin/node', '-e', script]);
}

/**
 * Runs JavaScript in the very process of a container, by Node's inspector, which SIGUSR1 opens. Process 1 of a container takes
 * no SIGKILL or SIGSTOP from inside, so this is how a test crashes or hangs it.
 */
export async function evaluateInProcess(pod: Pod, container: string, expression: string): Promise<void> {
  await evaluate(
    pod,
    container,
    `
process.kill(1, 'SIGUSR1');
const end = setTimeout(() => { console.error('the inspector did not open'); process.exit(1); }, 20000);
const find = () => fetch('http://127.0.0.1:9229/json/list').then((answer) => answer.json()).catch(() => new Promise((resolve) => setTimeout(resolve, 50)).then(find));
find().then(([{ webSocketDebuggerUrl }]) => {
  const socket = new WebSocket(webSocketDebuggerUrl);
  const expression = ${JSON.stringify(expression)};
  socket.onopen = () => {
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
    // Neither a process that ends nor one that hangs answers: what was sent has left when the buffer is empty.
    const leave = () => (socket.bufferedAmount === 0 ? setTimeout(() => process.exit(0), 200) : setTimeout(leave, 10));
    leave();
  };
});
`,
  ).catch((error: Error) => {
    // The container may end, and what runs in it, before this is done.
    if (!/exit code 137/.test(error.message)) throw error;
  });
}

/** The process ends at once, without any of its handlers, as after SIGKILL. */
export const crash = (pod: Pod, container: string): Promise<void> => evaluateInProcess(pod, container, 'process.reallyExit(1)');

/** The event loop never turns again. */
export const hang = (pod: Pod, container: string): Promise<void> => evaluateInProcess(pod, container, 'while (true) {}');

/** Prometheus metrics of a container, from its operational port. */
export const prometheus = (pod: Pod, container: string, port: number): Promise<string> =>
  evaluate(pod, container, `fetch('http://127.0.0.1:${port}/metrics').then((answer) => answer.text()).then(console.log)`);
