/**
 * `sluice serve`: this thread answers, another one writes. Settings and inventory are read again when they change, or on
 * SIGHUP; what is not valid then is told, and what was there before stays.
 */
import { findInstallation } from '../config/installation.js';
import { loadProject, type Project } from '../config/project.js';
import { isLoopback, ownHosts } from '../http/guard/host.js';
import { isTokenHash, parsePasswordHash } from '../http/guard/hashes.js';
import type { PassSummary } from '../http/ports.js';
import { assertCanListen, assertGuarded, listen, type Listening } from '../http/server.js';
import { ConfigError, UsageError } from '../refusals.js';
import type { StoryLine } from '../reconcile/report.js';
import { version } from '../version.js';
import { watch } from '../watch/watch.js';
import type { Log } from './log.js';
import { keepAlive, Supervisor } from './supervisor.js';
import { openWorld } from './world.js';
import { Writer } from './writer.js';

export interface ServeOptions {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** In place of the settings' own; `none`: no HTTP at all. */
  readonly listen?: { readonly host: string; readonly port: number } | 'none';
  readonly log: Log;
  /** Aborted: what is under way is finished, and no job is cancelled. */
  readonly signal: AbortSignal;
  /** Called with what makes everything be read again. */
  readonly onReload: (reload: () => void) => void;
}

/** For the answers that are under way at the end. */
const HTTP_GRACE_MS = 3_000;
/** For the pass that is under way at the end; whatever is cut then is found again. */
const PASS_GRACE_MS = 20_000;
const PATIENCE_MS = 2_000;

/** Until the signal aborts. @throws what ends the writer, also LeaseBusy */
export async function serve(options: ServeOptions): Promise<void> {
  const { directory, env, log, signal } = options;
  const { listen: at } = options;
  const settings = new LiveSettings(directory, log, at === undefined || at === 'none' ? undefined : at.host);
  const { state } = settings.project.paths;
  if (state === undefined)
    throw new UsageError('serve needs a state on disk; take "state: none" out of sluice.yaml');
  assertHashes(settings.project);
  // Before the first pass: who cannot serve submits nothing.
  if (options.listen !== 'none') {
    const { http } = settings.project.settings;
    await assertCanListen(options.listen ?? http, http.users);
  }
  const story = (line: StoryLine): void => log.story(line);
  const supervisor = new Supervisor(env, (text) => log.warn({}, text));
  const writer = new Writer({
    ...{ directory, env, command: 'sluice serve', story, state },
    installation: settings.project.settings.installation,
    onAlive: () => alive.heard(),
  });
  const alive = keepAlive(supervisor, () => writer.tell('ask'));
  const closers: (() => unknown)[] = [];
  try {
    await writer.ready;
    if (options.listen !== 'none') closers.push(await answer(options, settings, writer, state));
    const reload = (): void => {
      if (settings.reload()) writer.tell('reload');
    };
    const { clustersFile, settingsFile } = settings.project.paths;
    const files = watch({
      paths: [clustersFile, settingsFile],
      onHint: reload,
      onTrouble: (why) => log.warn({}, why),
    });
    closers.push(() => files.close());
    options.onReload(() => {
      supervisor.reloading();
      reload();
      writer.tell('afresh');
      supervisor.ready();
    });
    log.info({ directory }, 'serving');
    supervisor.ready();
    closers.push(writer.onNews(() => supervisor.status(statusOf(directory, writer.lastPass))));
    await untilOver(writer, signal);
  } finally {
    supervisor.stopping();
    log.info({}, 'stopping: what is under way is finished, and no job is cancelled');
    for (const close of closers.reverse()) await close();
    await stopped(writer);
    alive.stop();
    await supervisor.close();
  }
}

/** One line, which changes only when something does. */
function statusOf(directory: string, pass: PassSummary | undefined): string {
  const away = (pass?.clusters ?? []).filter(({ reach }) => reach === 'unreachable');
  const errors = (pass?.problems ?? []).filter(({ severity }) => severity === 'error').length;
  return [
    `serving ${directory}`,
    ...(away.length === 0 ? [] : [`not reached: ${away.map(({ cluster }) => cluster).join(', ')}`]),
    ...(errors === 0 ? [] : [`errors in its files: ${errors}`]),
  ].join('; ');
}

async function answer(
  { log, env, listen: at }: ServeOptions,
  settings: LiveSettings,
  writer: Writer,
  state: string,
): Promise<() => Promise<void>> {
  const { project } = settings;
  const found = findInstallation(project, env);
  const installation = found.kind === 'known' ? found.id : '';
  const { world, close } = openWorld(state, {
    project: () => settings.project,
    installation,
    now: Date.now,
    env,
    warn: (text) => log.warn({}, text),
    writer,
    patienceMs: PATIENCE_MS,
  });
  const { host, port } = at === undefined || at === 'none' ? project.settings.http : at;
  let listening: Listening;
  try {
    listening = await listen(
      { world, hosts: () => settings.hosts(host), log, version: version() },
      { host, port },
    );
  } catch (error) {
    close();
    throw error;
  }
  const shown = host.includes(':') ? `[${host}]` : host;
  log.info({ address: `http://${shown}:${listening.port}/` }, 'listening');
  if (!isLoopback(host))
    log.warn(
      {},
      'credentials go over the wire in the clear: put a proxy with TLS in front, or listen on 127.0.0.1',
    );
  return async () => {
    await listening.close(HTTP_GRACE_MS);
    close();
  };
}

function untilOver(writer: Writer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    writer.ended.then(() => reject(new Error('the writer has ended')), reject);
  });
}

async function stopped(writer: Writer): Promise<void> {
  writer.tell('stop');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PASS_GRACE_MS);
  });
  await Promise.race([writer.ended.catch(() => undefined), late]);
  clearTimeout(timer);
  await writer.kill();
}

/** The project as its files have it now. */
class LiveSettings {
  readonly #directory: string;
  readonly #log: Log;
  /** Where it listens, if the settings do not say it. */
  readonly #host: string | undefined;
  #project: Project;
  #hosts: { readonly of: Project; readonly listen: string; readonly names: ReadonlySet<string> } | undefined;

  /** @throws {ConfigError} */
  constructor(directory: string, log: Log, host?: string) {
    this.#directory = directory;
    this.#host = host;
    this.#log = log;
    this.#project = loadProject(directory);
    if (hasErrors(this.#project)) throw new ConfigError(this.#project.problems);
  }

  get project(): Project {
    return this.#project;
  }

  /** @returns whether there is something new, and it is valid */
  reload(): boolean {
    const next = loadProject(this.#directory);
    const [first] = next.problems.filter(({ severity }) => severity === 'error');
    if (first !== undefined) {
      const { file, line, message } = first;
      this.#log.warn({ file, line }, `the settings are not valid, and stay as they were: ${message}`);
      return false;
    }
    const before = this.#project;
    if (JSON.stringify(shapeOf(next)) === JSON.stringify(shapeOf(before))) return false;
    if (
      next.paths.state !== before.paths.state ||
      next.settings.installation !== before.settings.installation
    ) {
      const why =
        'state and installation are read at the start only; the settings stay as they were: start again';
      this.#log.warn({}, why);
      return false;
    }
    if (addressOf(next) !== addressOf(before))
      this.#log.warn({}, 'where to listen is read at the start only: start again');
    try {
      assertHashes(next);
      assertGuarded(this.#host ?? next.settings.http.host, next.settings.http.users);
    } catch (error) {
      this.#log.warn({}, error instanceof Error ? error.message : String(error));
      return false;
    }
    this.#project = next;
    this.#log.info({}, 'the settings were read again');
    return true;
  }

  hosts(listen: string): ReadonlySet<string> {
    if (this.#hosts?.of !== this.#project || this.#hosts.listen !== listen)
      this.#hosts = {
        of: this.#project,
        listen,
        names: ownHosts(listen, this.#project.settings.http.hosts),
      };
    return this.#hosts.names;
  }
}

function hasErrors({ problems }: Project): boolean {
  return problems.some(({ severity }) => severity === 'error');
}

function shapeOf({ inventory, settings, paths }: Project): unknown {
  return [[...inventory], settings, paths];
}

function addressOf({ settings }: Project): string {
  return `${settings.http.host}:${settings.http.port}`;
}

/** @throws {UsageError} for a hash that no program of ours wrote: its user could never come in */
function assertHashes({ settings, paths }: Project): void {
  for (const { name, passwordHash, tokenHash } of settings.http.users) {
    const bad =
      (passwordHash !== undefined && parsePasswordHash(passwordHash) === undefined) ||
      (tokenHash !== undefined && !isTokenHash(tokenHash));
    if (bad)
      throw new UsageError(
        `${paths.settingsFile}: the hash of user ${name} is none that "sluice user add" writes; make it anew`,
      );
  }
}
