import { createServer } from 'node:http';

// The service behind the proxies under measurement: it does as little as it can. `node upstream.ts PORT`

const body = JSON.stringify({
  items: Array.from({ length: 10 }, (_, index) => ({ id: index, title: `A task with the number ${index}`, done: false })),
});
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
/** What `/bytes/<count>` answers, again and again. */
const CHUNK = Buffer.alloc(64 * 1024, 'x');

createServer((request, response) => {
  request.resume();
  const count = Number(/\/bytes\/(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
  if (count === 0) {
    response.writeHead(200, headers).end(body);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': count });
  let rest = count;
  const write = () => {
    while (rest > 0) {
      const size = Math.min(rest, CHUNK.length);
      rest -= size;
      if (!response.write(size === CHUNK.length ? CHUNK : CHUNK.subarray(0, size))) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}).listen(Number(process.argv[2]), '127.0.0.1');
