// Tries connections from where it runs, and says which of them open:
//   node audit.mjs --permitted host:port … --denied host:port …
// Exit code 0: as it should be. 1: a denied one opened, so policies are not enforced, or not all. 2: nothing can be said,
// because a permitted one did not open or a name was not found. 3: wrong arguments.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const ATTEMPT_MS = 3000;
/** Some network plugins take seconds until a new pod's policies hold, and its name look-ups work. */
const SETTLE_MS = 30_000;

/** @returns {Promise<string>} `open`, `no answer`, or the error's code */
function attempt({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(ATTEMPT_MS, () => end('no answer'));
    socket.on('connect', () => end('open')).on('error', (error) => end(error.code === 'ETIMEDOUT' ? 'no answer' : error.code));
  });
}

const isUnknown = (outcome) => outcome === 'ENOTFOUND' || outcome === 'EAI_AGAIN';

/** Again until it is as it should be, or long enough. */
async function tryConnection(target) {
  for (const end = Date.now() + SETTLE_MS; ; await pause(1000)) {
    const outcome = await attempt(target);
    const right = target.permitted ? outcome === 'open' : outcome !== 'open' && !isUnknown(outcome);
    if (right || Date.now() > end) return { ...target, outcome, right };
  }
}

function parseTarget(permitted) {
  return (text) => {
    const [, host, port] = /^([^\s:/]+):(\d+)$/.exec(text) ?? [];
    if (!host) throw new Error(`${text}: expected host:port`);
    return { name: text, host, port: Number(port), permitted };
  };
}

function readTargets() {
  const list = { type: 'string', multiple: true };
  const { values } = parseArgs({ options: { permitted: list, denied: list } });
  if (!values.permitted || !values.denied) throw new Error('expected --permitted host:port and --denied host:port, each at least once');
  return { permitted: values.permitted.map(parseTarget(true)), denied: values.denied.map(parseTarget(false)) };
}

function conclude(results) {
  const wrong = results.filter(({ right }) => !right);
  const opened = wrong.filter(({ permitted }) => !permitted).filter(({ outcome }) => outcome === 'open');
  if (opened.length > 0)
    return [1, `NetworkPolicies are not enforced: ${opened.map(({ name }) => name).join(', ')} must not open from a pod without rights`];
  if (wrong.length > 0) return [2, `nothing can be said: ${wrong.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')}`];
  return [0, 'NetworkPolicies are enforced: only what is permitted opens'];
}

try {
  const { permitted, denied } = readTargets();
  // One after the other: what is permitted has to open when the policies hold, not in the moment before.
  const results = [...(await Promise.all(denied.map(tryConnection))), ...(await Promise.all(permitted.map(tryConnection)))];
  for (const { name, permitted, outcome, right } of results)
    console.log(`${right ? 'ok   ' : 'WRONG'} ${permitted ? 'permitted' : 'denied   '} ${name}: ${outcome}`);
  const [code, words] = conclude(results);
  console.log(words);
  process.exitCode = code;
} catch (error) {
  console.error(error.message);
  process.exitCode = 3;
}
