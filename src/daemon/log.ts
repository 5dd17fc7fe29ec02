/** The daemon's log: JSON a line for machines, plain lines for people; constant messages, fields beside. */
import { destination, pino, type Logger } from 'pino';
import type { HttpLog } from '../http/app.js';
import type { StoryLine } from '../reconcile/report.js';

export interface Log extends HttpLog {
  warn(fields: object, message: string): void;
  story(line: StoryLine): void;
}

export interface LogOptions {
  readonly format: 'json' | 'pretty';
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly colour: boolean;
}

/** Written to standard error at once, so that nothing is lost where the process ends. */
export async function createLog({ format, verbose, quiet, colour }: LogOptions): Promise<Log> {
  const level = verbose ? 'debug' : quiet ? 'warn' : 'info';
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const to = format === 'json' ? destination({ dest: 2, sync: true }) : await pretty(colour);
  const logger = pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, to);
  return logOf(logger);
}

async function pretty(colour: boolean) {
  const { default: make } = await import('pino-pretty');
  return make({
    destination: 2,
    sync: true,
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
}

function logOf(logger: Logger): Log {
  const levels = { info: 'info', warning: 'warn', detail: 'debug' } as const;
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    story: ({ level, job, cluster, text }) => logger[levels[level]]({ job, cluster }, text),
  };
}
