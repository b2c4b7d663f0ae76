// Preloaded into each service that the local runner starts: when the runner is gone, whatever ended it, its end of this pipe
// closes, and the service shuts down instead of living on with its port taken.
process.stdin.on('close', () => process.kill(process.pid, 'SIGTERM')).resume();
process.stdin.on('error', () => {});
