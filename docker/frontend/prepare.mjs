// Lays out what the front end's image holds in /image, from the web app that has just been built. Run in services/frontend.
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CONTENT_SECURITY_POLICY } from '../../services/frontend/content-security-policy.ts';

const image = '/image/taskflow';
const app = `${image}/app`;
/** A smaller answer fits the packet anyway. */
const WORTHWHILE_BYTES = 1024;

cpSync('dist', app, { recursive: true });
for (const file of globSync(`${app}/**/*.{html,css,js,json,map,svg,txt,webmanifest}`)) {
  const content = readFileSync(file);
  const compressed = gzipSync(content, { level: 9 });
  if (content.length >= WORTHWHILE_BYTES && compressed.length < content.length) writeFileSync(`${file}.gz`, compressed);
}

if (/[$"\\\n]/.test(CONTENT_SECURITY_POLICY)) throw new Error(`nginx would read more than text in ${CONTENT_SECURITY_POLICY}`);
writeFileSync(`${image}/app-policy.conf`, `map "" $app_policy { default "${CONTENT_SECURITY_POLICY}"; }\n`);

for (const name of ['nginx.conf', 'gateway-request.conf', 'error.html', 'start']) {
  cpSync(new URL(name, import.meta.url), `${image}/${name}`);
}
