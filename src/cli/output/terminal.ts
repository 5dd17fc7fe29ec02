import picocolors from 'picocolors';

export type Paint = ReturnType<typeof picocolors.createColors>;

/** Where text goes: standard output or standard error, a terminal or not. */
export interface Terminal {
  write(text: string): void;
  /** The text and a line end. */
  line(text?: string): void;
  /** A person looks at it. */
  readonly interactive: boolean;
  /** Columns; undefined where there is no terminal, and so nothing to cut for. */
  readonly width: number | undefined;
  /** Colours, or what leaves the text as it is. */
  readonly paint: Paint;
}

/** What is asked of a stream: process.stdout, or a test's. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export function terminal(sink: Sink, env: NodeJS.ProcessEnv, wantsColour: boolean): Terminal {
  const interactive = sink.isTTY === true && env['TERM'] !== 'dumb';
  return {
    write: (text) => {
      sink.write(text);
    },
    line: (text = '') => {
      sink.write(`${text}\n`);
    },
    interactive,
    get width() {
      return sink.isTTY === true ? (sink.columns ?? 80) : undefined;
    },
    paint: picocolors.createColors(interactive && wantsColour && (env['NO_COLOR'] ?? '') === ''),
  };
}
