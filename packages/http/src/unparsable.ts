import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problems } from './problem.ts';

const LINGER_MS = 1000;

/**
 * Answers what is no HTTP with a problem document, and closes: where the next request would begin can no longer be known. Nothing is said
 * when an answer is already on its way, into which it would be mixed.
 */
export function refuseUnparsable(error: NodeJS.ErrnoException, socket: Socket): void {
  const { _httpMessage: answering } = socket as Socket & { _httpMessage?: ServerResponse };
  if (error.code === 'ECONNRESET' || !socket.writable || answering?.headersSent) {
    socket.destroy(error);
    return;
  }
  const problem = problemOf(error.code);
  const body = JSON.stringify(problem.document());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  // A client that goes on sending would otherwise keep its half of the connection open.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function problemOf(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return problems.head_too_large();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problems.request_timeout();
  return problems.malformed_request();
}
