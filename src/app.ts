/**
 * The one place that puts the project together (with `agents.ts` for the ways to the clusters). Commands ask it for what
 * they need: to read the state, to plan without a trace, or to be the one writer.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agents } from './agents.js';
import { createInstallation, randomId } from './config/installation.js';
import type { Project } from './config/project.js';
import { readingOf } from './desired.js';
import { nodeFiles } from './documents/node-files.js';
import { installationOf, loadSound } from './known.js';
import { resolveSecret } from './manifest/secret.js';
import type { SecretRef } from './model/job.js';
import { Postman } from './notify/deliver.js';
import { MailTrouble } from './notify/mailer.js';
import { SmtpMailer } from './notify/smtp.js';
import { originHere } from './origin/here.js';
import type { Clock, Transport } from './ports.js';
import type { Context, Here, Post } from './reconcile/context.js';
import type { StoryLine } from './reconcile/report.js';
import { Lanes } from './reconcile/lanes.js';
import { Session } from './reconcile/session.js';
import { Workshop } from './reconcile/workshop.js';
import type { AskPassphrase } from './ssh/keys.js';
import { LeaseBusy } from './refusals.js';
import { Sources } from './sources.js';
import { acquireLease } from './store/lease.js';
import { raiseLineage, readLineage } from './store/lineage.js';
import { openStore } from './store/open.js';
import type { Store } from './store/store.js';

export interface AppOptions {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly story: (line: StoryLine) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** Git sources are asked again, each in its interval; otherwise once for this process. */
  readonly follows?: boolean;
  /** Shown to whom the lease is refused meanwhile. */
  readonly command?: string;
  /** Put around every transport: how the fault tests cut connections and count what is said. */
  readonly aroundTransport?: (transport: Transport, cluster: string) => Transport;
  /** Given where a person is at a terminal: asked for the passphrase of a key that is locked. What it gives is kept nowhere. */
  readonly askPassphrase?: AskPassphrase;
  /** Certificates to trust in place of the usual ones when mail is sent, PEM: how tests reach one of their own. */
  readonly trustedMailServer?: string;
}

/**
 * - `read`: the state as it is; clusters may be asked, and hold what such a question needs.
 * - `plan`: the same, and nothing at all is written, here or there.
 * - `write`: the lease is taken: this process is the one writer.
 */
export type Access = 'read' | 'plan' | 'write';

export type App = Session;

/**
 * @throws {@link import('./refusals.js').UsageError} {@link import('./refusals.js').ConfigError} {@link LeaseBusy}
 *   {@link import('./store/errors.js').StoreError}
 */
export function openApp(options: AppOptions, access: Access): Promise<App> {
  return Promise.resolve().then(() => open(options, access));
}

function open(options: AppOptions, access: Access): App {
  const project = loadSound(options.directory);
  const identity = identityOf(project, options, access);
  const { installation } = identity;
  const now = options.now ?? Date.now;
  const store = openStore(project.paths.state ?? ':memory:', { readonly: access !== 'write', now });
  const release = access === 'write' ? takeLease(store, options) : (): void => undefined;
  try {
    if (access === 'write') store.meta.bind(installation);
    const sources = new Sources({
      ...{ project, store, installation, now, env: options.env },
      mayWrite: access === 'write',
      follows: options.follows ?? false,
      warn: (text) => options.story({ level: 'warning', text }),
    });
    const agents = new Agents({
      project,
      store,
      installation,
      env: options.env,
      files: sources.files,
      mayWrite: access !== 'plan',
      askPassphrase: options.askPassphrase,
      around: options.aroundTransport ?? ((transport) => transport),
    });
    const context = contextOf(project, store, identity, { agents, sources }, options, now);
    return new Session(context, project, {
      sources,
      remember: () => {
        agents.remember();
      },
      disconnect: () => agents.close(),
      close: async () => {
        await sources.close();
        // Where there is no state, nothing of it is of use to anybody else.
        if (project.paths.state === undefined) rmSync(context.here.folder, { recursive: true, force: true });
        release();
        store.close();
      },
    });
  } catch (error) {
    release();
    store.close();
    throw error;
  }
}

function takeLease(store: Store, options: AppOptions): () => void {
  const lease = acquireLease(store, options.command ?? 'sluice');
  if (lease.kind === 'held')
    return () => {
      lease.release();
    };
  store.close();
  throw new LeaseBusy(lease.holder, store.now());
}

type Identity = Pick<Context, 'installation' | 'hasInstallation'>;

function identityOf(project: Project, options: AppOptions, access: Access): Identity {
  const { id, warning } = installationOf(project, options.env);
  if (warning !== undefined) options.story({ level: 'warning', text: warning });
  if (id !== undefined) return { installation: id, hasInstallation: true };
  // A plan or a look at nothing writes nothing: the id that will be made is as good as any until then.
  if (access !== 'write' || project.paths.state === undefined)
    return { installation: randomId(), hasInstallation: false };
  return { installation: createInstallation(project.paths.state), hasInstallation: true };
}

const systemClock = (now: () => number): Clock => ({
  now,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('interrupted'));
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
});

function contextOf(
  project: Project,
  store: Store,
  identity: Identity,
  { agents, sources }: { readonly agents: Agents; readonly sources: Sources },
  options: AppOptions,
  now: () => number,
): Context {
  const { inventory, paths } = project;
  const { installation } = identity;
  const state = paths.state;
  const clock = systemClock(now);
  return {
    ...identity,
    inventory,
    store,
    clock,
    lanes: new Lanes(clock),
    keysOf: (site) => agents.keysOf(site),
    outputs: paths.outputs,
    forgetful: state === undefined,
    lineage: () => (state === undefined ? undefined : readLineage(state)?.number),
    raiseLineage: (atLeast) => raiseLineage(store, installation, atLeast),
    retention: {
      succeededMs: project.settings.retention.succeededSeconds * 1000,
      otherwiseMs: project.settings.retention.otherwiseSeconds * 1000,
    },
    rehearsal: () => store.copy(),
    desired: (patienceMs) => sources.read(patienceMs),
    agent: (site) => agents.of(site),
    agents: () => agents.all(),
    consent: { all: false },
    story: options.story,
    reading: readingOf(project),
    here: hereOf(project, options),
    ...postOf(project, store, options, now),
  };
}

/** Beside the state; where there is none, what is done here is of use to this process only. */
function hereOf({ paths: { state } }: Project, { env }: AppOptions): Here {
  return {
    workshop: new Workshop(),
    folder: state === undefined ? join(tmpdir(), `sluice-${process.pid}-${randomId()}`) : join(state, 'here'),
    environment: env,
    origin: originHere({ environment: env }),
    brought: new Map(),
  };
}

function postOf(
  { settings: { smtp } }: Project,
  store: Store,
  { env, story, trustedMailServer }: AppOptions,
  now: () => number,
): { readonly post?: Post } {
  if (smtp === undefined) return {};
  const { password } = smtp;
  const mailer = new SmtpMailer({
    settings: smtp,
    ...(password === undefined ? {} : { password: () => passwordOf(password, env) }),
    ...(trustedMailServer === undefined ? {} : { trusted: trustedMailServer }),
  });
  const warn = (text: string): void => story({ level: 'warning', text });
  return { post: { from: smtp.from, postman: new Postman({ store, mailer, now, warn }) } };
}

/** @throws {MailTrouble} that names the place where the password was to be found */
function passwordOf(ref: SecretRef, env: NodeJS.ProcessEnv): string {
  const secret = resolveSecret(ref, env, nodeFiles, 'password');
  if (secret.ok) return secret.value;
  throw new MailTrouble(secret.why);
}
