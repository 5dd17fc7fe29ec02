/**
 * Files at an address, fetched on this machine by the very script that a cluster's login node runs: what it takes, refuses and
 * says is the same in both places.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchedSource } from '../model/run.js';
import { lastWords } from '../modules/last-words.js';
import { runBash } from '../modules/process.js';
import { type Origin, OriginError } from '../ports.js';
import { readSource } from '../protocol/told.js';
import { renderSource } from '../shell/source.js';

/** What of this process's environment Git, SSH and a download need: programs, the user's settings and keys, proxies. */
const PASSED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TZ', 'TMPDIR', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR'],
  ...[
    'SSH_AUTH_SOCK',
    'GIT_SSH_COMMAND',
    'GIT_CONFIG_GLOBAL',
    'GIT_SSL_CAINFO',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
  ],
  ...['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'],
];
/** Its own patience with a silent host ends it; this is for what nobody thought of. */
const LIMIT_MS = 24 * 60 * 60_000;
const KILL_AFTER_MS = 5_000;
/** Lines of a message; all of it is in the log beside. */
const LINES = 10;

export interface OriginOptions {
  /** Of this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Seconds without a sign of life until a host counts as unreachable; default: as on a cluster. */
  readonly patienceSeconds?: number;
}

export function originHere({ environment, patienceSeconds }: OriginOptions): Origin {
  return {
    fetch: async ({ source, into, maxBytes, signal }) => {
      const folder = join(into, 'work');
      await mkdir(into, { recursive: true, mode: 0o700 });
      for (const name of ['work', '.sluice']) await mkdir(join(into, name));
      const script = join(into, 'script');
      const text = renderSource({
        ...{
          token: 'a job',
          jobDirectory: into,
          workingDirectory: folder,
          setup: [],
          environment: {},
          source,
        },
        ...(maxBytes === undefined ? {} : { maxDownloadBytes: maxBytes }),
        ...(patienceSeconds === undefined ? {} : { patienceSeconds }),
      });
      await writeFile(script, text, { mode: 0o700 });
      const log = join(into, 'log');
      const end = await runBash({
        ...{ script, words: [], environment: passedOn(environment), log, bounds: [] },
        ...{ limitMs: LIMIT_MS, killAfterMs: KILL_AFTER_MS },
        ...(signal === undefined ? {} : { signal }),
      });
      const fetched = await told(into);
      if (end.kind === 'exited' && end.code === 0 && fetched !== undefined)
        return { folder, source: fetched };
      const what = source.kind === 'git' ? source.url : source.url.replace(/[?#].*$/s, '');
      throw new OriginError(`the fetching of ${what} to this machine ${words(end, await lastWords(log))}`);
    },
  };
}

function passedOn(environment: OriginOptions['environment']): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** As a cluster tells it. */
async function told(into: string): Promise<FetchedSource | undefined> {
  const names = ['commit', 'url', 'download'];
  const texts = names.map(async (name) => {
    const text = await readFile(join(into, '.sluice/told', name), 'utf8').catch(() => undefined);
    return text === undefined ? [] : [[name, text] as const];
  });
  return readSource({ texts: new Map((await Promise.all(texts)).flat()) });
}

function words(end: Awaited<ReturnType<typeof runBash>>, log: string): string {
  if (end.kind === 'no-start') return `could not be begun: ${end.why}`;
  if (end.kind !== 'exited') return 'was ended before it was done';
  const said = log
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('sluice: source ended with code'))
    .slice(-LINES)
    .join('\n');
  return `ended with code ${end.code}${said === '' ? '' : `:\n${said}`}`;
}
