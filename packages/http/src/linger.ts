import type { IncomingMessage } from 'node:http';

const LINGER_MS = 5000;

/**
 * After an early answer the rest of the request's body is read and thrown away for some seconds: closing a connection with unread
 * data resets it, and the client could lose the answer (RFC 9112, 9.6). A client that then still sends is cut off.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  request.once('close', () => clearTimeout(cut)).resume();
}
