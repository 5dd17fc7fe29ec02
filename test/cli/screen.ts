/** A terminal, or a file, that a test can read. */
import { terminal, type Terminal } from '../../src/cli/output/terminal.js';

export interface Screen {
  readonly err: Terminal;
  /** All that was written. */
  readonly text: () => string;
}

export function screen(
  options: { readonly columns?: number; readonly env?: NodeJS.ProcessEnv; readonly colour?: boolean } = {},
): Screen {
  let written = '';
  const { columns, env = {}, colour = false } = options;
  const sink = {
    write: (text: string) => (written += text),
    ...(columns === undefined ? {} : { isTTY: true, columns }),
  };
  return { err: terminal(sink, env, colour), text: () => written };
}
