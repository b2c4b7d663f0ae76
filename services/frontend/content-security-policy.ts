/**
 * What the web app needs, and nothing else: own files and the own address. `blob:` is for previews of images that are about to
 * be attached. The one Trusted Types policy names the service worker (src/service-worker-url.ts).
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types taskflow',
].join('; ');
