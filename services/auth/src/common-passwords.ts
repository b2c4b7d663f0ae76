import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// data/common-passwords.bin holds the first 32 bits of the SHA-256 of each password of @zxcvbn-ts/language-common, sorted:
// 200 kB for 49,000 passwords, and nothing to parse at start. One of 100,000 good passwords collides and is refused, which
// costs a person another try. `npm run common-passwords` makes the file again after an update of the list.

const list = new Uint32Array(new Uint8Array(readFileSync(new URL('../data/common-passwords.bin', import.meta.url))).buffer);

/** Whether the (lower-case) text is among the passwords that leaks show most often. */
export function isCommonPassword(text: string): boolean {
  const wanted = createHash('sha256').update(text).digest().readUInt32LE();
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = list[middle]!;
    if (found === wanted) return true;
    if (found < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
