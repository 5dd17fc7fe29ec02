/** The socket of a ControlMaster, held open: it tells that the master is there, and at once when it is gone. */
import { stat } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';

/** A master that answers. As long as its socket is held, ControlPersist does not end it. */
export interface Held {
  readonly gone: boolean;
  /** Calls back when the master is gone; at once, where it is. */
  onGone(listener: () => void): void;
  letGo(): void;
}

/** First of what a master says (PROTOCOL.mux): length 8, MUX_MSG_HELLO, and a version. */
const HELLO = Buffer.from([0, 0, 0, 8, 0, 0, 0, 1]);

/**
 * @param path absolute @param timeoutMs for its greeting
 * @returns undefined where no master of this user's answers
 */
export async function holdMaster(path: string, timeoutMs = 2_000): Promise<Held | undefined> {
  // A socket in a shared folder may be anybody's, and would be told all that we send.
  const owner = await stat(path).then(
    (facts) => (facts.isSocket() ? facts.uid : undefined),
    () => undefined,
  );
  if (owner === undefined || owner !== process.getuid?.()) return undefined;
  const socket = createConnection(path);
  return new Promise((resolve) => {
    const give = (held: Held | undefined): void => {
      clearTimeout(timer);
      socket.removeAllListeners('data');
      if (held === undefined) socket.destroy();
      // Nothing more is said to us; the end of it is heard only while it is read.
      else socket.resume();
      resolve(held);
    };
    const timer = setTimeout(() => give(undefined), timeoutMs);
    let said = Buffer.alloc(0);
    const held = heldBy(socket);
    socket.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]);
      if (said.length < HELLO.length) return;
      give(said.subarray(0, HELLO.length).equals(HELLO) ? held : undefined);
    });
    socket.on('close', () => give(undefined));
  });
}

function heldBy(socket: Socket): Held {
  const listeners = new Set<() => void>();
  let gone = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    gone = true;
    for (const listener of listeners) listener();
    listeners.clear();
  });
  // Nobody need wait for it.
  socket.unref();
  return {
    get gone() {
      return gone;
    },
    onGone: (listener) => {
      if (gone) queueMicrotask(listener);
      else listeners.add(listener);
    },
    letGo: () => {
      listeners.clear();
      socket.destroy();
    },
  };
}
