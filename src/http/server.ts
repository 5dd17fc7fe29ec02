/** The server around the application: time-outs, limits, and an end that waits for what is under way. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createApp, type HttpOptions } from './app.js';
import { isLoopback } from './guard/host.js';
import { PROBLEM_TYPE, titleOf } from './problem.js';
import { ENDLESS } from './route.js';

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Takes nothing new; what is under way gets `graceMs`, then it is cut. */
  close(graceMs: number): Promise<void>;
}

/** How long a caller may take, in milliseconds; and how often that is looked at. */
export interface Patience {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
}

const PATIENCE: Patience = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};
const KEEP_ALIVE_MS = 30_000;
const MOST_CONNECTIONS = 1_000;

/** @throws {Error} where the address cannot be had, or others could come in without a login */
export async function listen(
  options: HttpOptions,
  at: { readonly host: string; readonly port: number },
  patience = PATIENCE,
): Promise<Listening> {
  assertGuarded(at.host, options.world.users());
  const handle = createApp(options).callback();
  const open = new Set<ServerResponse>();
  const server = createServer(patience, (request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    void handle(request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', answerNonsense);
  await listening(server, at);
  const { port } = server.address() as AddressInfo;
  return { host: at.host, port, close: (graceMs) => closed(server, open, graceMs) };
}

/** @throws {Error} where others could come in without a login */
export function assertGuarded(host: string, users: readonly unknown[]): void {
  if (isLoopback(host) || users.length > 0) return;
  throw new Error(
    `${host} can be reached by others, and there are no users; make one first: sluice user add NAME`,
  );
}

/**
 * Whether {@link listen} will do, before anything else is begun.
 * @throws {Error} as it does
 */
export async function assertCanListen(
  at: { readonly host: string; readonly port: number },
  users: readonly unknown[],
): Promise<void> {
  assertGuarded(at.host, users);
  const server = createServer();
  await listening(server, at);
  await new Promise((resolve) => server.close(resolve));
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(new Error(`${host}:${port} cannot be had: ${why}; --listen takes another`, { cause }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function closed(server: Server, open: Iterable<ServerResponse>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
    // What never ends by itself gets no grace.
    for (const response of open) if (response.hasHeader(ENDLESS)) response.destroy();
  });
}

/** What is no HTTP at all, or too slow, or too large in its head. */
function answerNonsense(error: NodeJS.ErrnoException, socket: Socket): void {
  // Browsers and others connect ahead: an answer to no request would be taken for that of the first one.
  const isSilent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
  if (error.code === 'ECONNRESET' || isSilent || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const detail = status === 400 ? 'this is no HTTP request' : titleOf(status).toLowerCase();
  const body = JSON.stringify({ type: 'about:blank', title: titleOf(status), status, detail });
  socket.end(
    `HTTP/1.1 ${status} ${titleOf(status)}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
