import type { ClientChannel } from 'ssh2';
import type { FarSide } from '../transport/channel.js';
import type { Shell } from '../transport/lane.js';

/** A server that died does not confirm that a channel is closed; its slot comes back after this, in milliseconds. */
const CONFIRM_MS = 5_000;

/** One ssh2 channel as the shell that runs on it. */
export function asShell(stream: ClientChannel): Shell {
  return {
    farSide: (free) => farSide(stream, free),
    follow: (channel) => {
      stream.on('exit', (code: number | null, signal?: string) => {
        channel.exited(code === null ? { signal: signal ?? 'unknown' } : { code });
      });
      stream.on('close', () => channel.gone('the channel was closed without an exit code'));
    },
  };
}

/** One ssh2 channel as the far side of ours. `free` gives its slot back: the server counts it until it is closed. */
function farSide(stream: ClientChannel, free: () => void): FarSide {
  stream.once('close', free);
  const close = (): void => {
    stream.close();
    stream.resume(); // "close" is told only after everything was read
    setTimeout(free, CONFIRM_MS).unref();
  };
  return {
    output: stream,
    errors: stream.stderr,
    // On a closed channel ssh2 never calls back, or with an error; our own end of the channel frees the writer then.
    write: (chunk, done) => void stream.write(chunk, (error) => (error ? undefined : done())),
    // Not end(): after it ssh2 sends no signal any more.
    endInput: () => stream.eof(),
    terminate: () => {
      signalAfterEof(stream);
      close();
    },
    release: close,
  };
}

/**
 * TERM to the process group there. ssh2 1.17 sends signals only while the channel's outgoing state is `open`, though
 * RFC 4254 §5.3 lets requests follow EOF. sshd passes it on except for root (no privilege separation there).
 */
function signalAfterEof(stream: ClientChannel): void {
  const { outgoing } = stream;
  if (typeof outgoing !== 'object' || outgoing === null) return;
  const state: unknown = Reflect.get(outgoing, 'state');
  if (state !== 'open' && state !== 'eof') return;
  Reflect.set(outgoing, 'state', 'open');
  stream.signal('TERM');
  Reflect.set(outgoing, 'state', state);
}
