import { createHash } from 'node:crypto';

export const STYLE = `
:root { color-scheme: light dark; --line: #d8dce3; --soft: #f5f6f8; --text: #1c2330; --muted: #5b6575; --link: #0b57d0;
  --get: #0a6b3d; --post: #0b57d0; --put: #7a4b00; --patch: #7a4b00; --delete: #b3261e }
@media (prefers-color-scheme: dark) { :root { --line: #333a45; --soft: #1b2028; --text: #e4e8ee; --muted: #9aa5b5; --link: #8ab4f8;
  --get: #6fd69a; --post: #8ab4f8; --put: #f0b95a; --patch: #f0b95a; --delete: #ff8a80 } body { background: #12161c } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); font: 16px/1.55 system-ui, sans-serif; color: var(--text) }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem; border-right: 1px solid var(--line); font-size: .875rem }
nav ul { list-style: none; margin: .25rem 0 1rem; padding: 0 }
nav a { display: block; padding: .2rem .4rem; border-radius: 4px; color: inherit; text-decoration: none }
nav a:hover, nav a:focus-visible { background: var(--soft) }
nav h2 { font-size: .8rem; margin: 1rem 0 0; text-transform: uppercase; letter-spacing: .05em; color: var(--muted) }
main { max-width: 60rem; padding: 2rem clamp(1rem, 4vw, 3rem) 6rem }
h1 { margin-top: 0 }
h2.service { margin-top: 3.5rem; border-bottom: 2px solid var(--line); padding-bottom: .3rem }
article { margin: 2.25rem 0; padding-top: .75rem; border-top: 1px solid var(--line) }
article:target { outline: 2px solid var(--link); outline-offset: .75rem; border-radius: 4px }
h4 { margin: 1rem 0 .25rem; font-size: .875rem; color: var(--muted) }
a { color: var(--link) }
code, .route { font: .875em/1.5 ui-monospace, monospace }
.route { display: flex; gap: .75rem; padding: .5rem .75rem; background: var(--soft); border-radius: 6px; overflow-wrap: anywhere }
.method { font-weight: 700 }
.get { color: var(--get) } .post { color: var(--post) } .put { color: var(--put) } .patch { color: var(--patch) } .delete { color: var(--delete) }
dl { display: grid; grid-template-columns: fit-content(14rem) minmax(0, 1fr); gap: .25rem 1rem; margin: .25rem 0; font-size: .9375rem }
dt { overflow-wrap: anywhere } dd { margin: 0 } dd dl { border-left: 2px solid var(--line); padding-left: .75rem }
.muted { color: var(--muted) } .needed { color: var(--delete) }
.notice { padding: .5rem .75rem; border-left: 3px solid var(--put); background: var(--soft) }
details { margin: .25rem 0 } summary { cursor: pointer }
@media (max-width: 50rem) { body { display: block } nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) } }
@media print { nav { display: none } body { display: block } }
`;

/** Nothing but this style sheet: no script, no other source, no frame around it. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
