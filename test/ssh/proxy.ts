/** A TCP proxy whose connections can be cut, or left open while nothing passes any more. */
import { createConnection, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Resets every connection. */
  cut(): void;
  /** Half-open: nothing passes in either direction, nothing is closed. New connections pass. */
  freeze(): void;
  close(): Promise<void>;
}

export async function startProxy(target: number, host = '127.0.0.1'): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((near) => {
    accepted += 1;
    const far = createConnection({ port: target, host });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    accepted: () => accepted,
    cut: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    freeze: () =>
      sockets.forEach((socket) => {
        socket.unpipe();
        socket.pause();
      }),
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
