import tls from 'node:tls';
import { onTestFinished } from 'vitest';

/** Self-signed, for localhost and 127.0.0.1, valid until 2126. The key guards nothing. */
export const CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvldGMkauexBu4fzn
yAOi08W25P7PWVilZQC1Suslx2GhRANCAARQfJv3A5o0RmslsnNe/IrJqrfEFl+j
nrYZxnbNE/jpJx7SmaRU2/bO/hZ+tcrRYXZ9oIgy6tcXjZPwMLd9sVrR
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUZAFwTQnW4XlEfd42+0WOTutJJ/wwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNTAwMjA0MVoYDzIxMjYxMTAx
MDAyMDQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARQfJv3A5o0RmslsnNe/IrJqrfEFl+jnrYZxnbNE/jpJx7SmaRU2/bO
/hZ+tcrRYXZ9oIgy6tcXjZPwMLd9sVrRo28wbTAdBgNVHQ4EFgQUdF3O6j0IcZOi
ommBhGAAhZg4IN4wHwYDVR0jBBgwFoAUdF3O6j0IcZOiommBhGAAhZg4IN4wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgbmqATymUMHjWBotHp9uhIRAyKxs/tR2MRHpl5nYj4NwCIQCU
Ln8MXMWbCfzgSfMegDNr02YFLXS8L5yyjTO/0WKGPA==
-----END CERTIFICATE-----
`,
};

/** Makes this process trust it until the end of the test, as NODE_EXTRA_CA_CERTS does for an own authority. */
export function trustCertificate(): void {
  const before = tls.getCACertificates('default');
  onTestFinished(() => tls.setDefaultCACertificates(before));
  tls.setDefaultCACertificates([...before, CERTIFICATE.cert]);
}
