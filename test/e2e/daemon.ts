/** The daemon of the built command, and what it answers. */
import { type Ended, start, until, type Sandbox } from './built.js';

export interface Daemon {
  readonly at: Sandbox;
  readonly child: ReturnType<typeof start>['child'];
  readonly ended: Promise<Ended>;
  /** What it logged so far, a JSON object a line. */
  readonly log: () => string;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

/** On a port of the system's choice, which the log tells. */
export async function serve(at: Sandbox, ...argv: readonly string[]): Promise<Daemon> {
  let log = '';
  const { child, ended } = start(at, ['serve', '--listen', '127.0.0.1:0', '--log', 'json', ...argv]);
  child.stderr.on('data', (text: string) => (log += text));
  await until(() => log.includes('"msg":"serving"') || child.exitCode !== null);
  const address = /"address":"([^"]+)\/"/.exec(log)?.[1] ?? '';
  return { at, child, ended, log: () => log, get: (path, init) => fetch(address + path, init) };
}

export async function stop({ child, ended }: Daemon): Promise<Ended> {
  child.kill('SIGTERM');
  return ended;
}
