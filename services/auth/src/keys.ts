// Makes and rotates the file of signing keys (the secret `jwt-secret`):
//   node src/keys.ts new FILE       a new file with one key that signs at once; never overwrites
//   node src/keys.ts rotate FILE    adds a key that signs in five minutes, drops those long replaced
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createKey, parseKeySet, rotate, type SigningKeySet } from './signing-keys.ts';

async function main([command, file]: string[]): Promise<void> {
  if (file && command === 'new') return write(file, { keys: [await createKey(new Date())] }, linkSync);
  if (file && command === 'rotate') return write(file, await rotate(parseKeySet(readFileSync(file, 'utf8')), new Date()), renameSync);
  throw new Error('usage: node src/keys.ts new|rotate FILE');
}

/** Readers see the old file or the whole new one, never a part; link fails where rename would overwrite. */
function write(file: string, set: SigningKeySet, publish: (from: string, to: string) => void): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(set, null, 2)}\n`, { mode: 0o600, flush: true });
  try {
    publish(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
