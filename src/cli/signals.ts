import { EXIT } from './exit.js';

export interface Signals {
  /** Aborted by the first SIGINT. */
  readonly signal: AbortSignal;
  /** From here on the first SIGINT only aborts the signal; the second ends the process at once. */
  readonly endsByItself: () => void;
}

/**
 * SIGINT: exit 130 with one line. Where a command ends by itself the first one only asks it to, so that a pass
 * is not cut in the middle. A reader that went away (EPIPE) ends us quietly.
 */
export function listenForSignals(): Signals {
  const controller = new AbortController();
  let graceful = false;
  process.on('SIGINT', () => {
    if (!graceful || controller.signal.aborted) {
      process.stderr.write(controller.signal.aborted ? 'interrupted at once\n' : 'interrupted\n');
      process.exit(EXIT.interrupted);
    }
    process.stderr.write(
      'interrupted: stopping as soon as what is under way is done; again to stop at once\n',
    );
    controller.abort();
  });
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
  return {
    signal: controller.signal,
    endsByItself: () => {
      graceful = true;
    },
  };
}
