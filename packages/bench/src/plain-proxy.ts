import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

// What people use for a proxy in Node otherwise, with nothing but proxying. `node plain-proxy.ts PORT UPSTREAM`

const app = fastify();
await app.register(proxy, { upstream: process.argv[3]!, undici: { connections: 32, pipelining: 1 } });
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
