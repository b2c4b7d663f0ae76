// Writes data/common-passwords.bin (see src/common-passwords.ts) from the list in @zxcvbn-ts/language-common.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';

const passwords = dictionary['passwords-common'] as string[];
const prefixes = passwords.map((password) => createHash('sha256').update(password.toLowerCase()).digest().readUInt32LE());
const sorted = Uint32Array.from(new Set(prefixes)).sort();
writeFileSync(new URL('../data/common-passwords.bin', import.meta.url), new Uint8Array(sorted.buffer));
