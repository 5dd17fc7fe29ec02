/** What the API needs of the world, on a project: reads on connections that cannot write, and a door to who can. */
import { homedir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Project } from '../config/project.js';
import { nodeFiles } from '../documents/node-files.js';
import type { LogsQuery, PassSummary, WebhookSecret, World } from '../http/ports.js';
import { resolveSecret } from '../manifest/secret.js';
import { openDoor } from '../requests/door.js';
import { createManifest, type EditContext, holdsJob, mergeManifest } from '../source/edit.js';
import { openListing } from '../store/listing.js';
import { openStore } from '../store/open.js';

export interface WorldOptions {
  /** As the settings have it now. */
  readonly project: () => Project;
  readonly installation: string;
  readonly now: () => number;
  readonly writer: {
    readonly tell: (kind: 'wake' | 'knock') => void;
    readonly wakeSources: (urls: readonly string[]) => void;
    readonly onNews: (listener: () => void) => () => void;
    readonly lastPass: PassSummary | undefined;
    readonly logs: (uuid: string, query: LogsQuery) => AsyncIterable<string>;
    readonly script: (uuid: string) => Promise<string | undefined>;
  };
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (text: string) => void;
  /** How long an answer waits for the writer, in milliseconds. */
  readonly patienceMs: number;
}

const LOOK_MS = 10;

/** @param state the state directory @throws {StoreError} */
export function openWorld(
  state: string,
  options: WorldOptions,
): { readonly world: World; readonly close: () => void } {
  const { project, installation, now, writer, patienceMs } = options;
  const store = openStore(state, { readonly: true, now });
  const listing = openListing(state);
  const door = openDoor(state);
  let isClosed = false;
  const world: World = {
    now,
    installation,
    inventory: () => project().inventory,
    users: () => project().settings.http.users,
    store,
    listing,
    outputs: () => project().paths.outputs,
    manifests: {
      stamp: stampOf,
      holds: holdsJob,
      create: (name, fields, by) => createManifest(editOf(project()), name, fields, by),
      merge: (file, name, fields) => mergeManifest(editOf(project()), file, name, fields),
    },
    hasMail: () => project().settings.smtp !== undefined,
    ask: async (request) => {
      const id = door.put(request);
      writer.tell('knock');
      const until = performance.now() + patienceMs;
      while (door.isWaiting(id)) {
        if (performance.now() >= until) return 'waiting';
        await pause(LOOK_MS);
      }
      return 'taken';
    },
    patienceMs,
    wake: () => writer.tell('wake'),
    webhookSecret: () => webhookSecretOf(options),
    gitSources: () => gitUrls(project()),
    wakeSources: (urls) => writer.wakeSources(urls),
    logs: (uuid, query) => writer.logs(uuid, query),
    script: (uuid) => writer.script(uuid),
    lastPass: () => writer.lastPass,
    unready: () => (writer.lastPass === undefined ? 'no pass was made yet' : undefined),
    onNews: (listener) =>
      writer.onNews(() => {
        if (!isClosed) listener();
      }),
  };
  return {
    world,
    close: () => {
      // The last pass ends after the last answer: nobody is there to hear of it, and the state cannot be read any more.
      isClosed = true;
      listing.close();
      store.close();
    },
  };
}

/** Looked up for each call, so that another one in its place counts at once. */
function webhookSecretOf({ project, env, warn }: WorldOptions): WebhookSecret {
  const { webhookSecret } = project().settings.http;
  if (webhookSecret === undefined) return { kind: 'none' };
  const found = resolveSecret(webhookSecret, env, nodeFiles, 'secret of the webhook');
  if (found.ok) return { kind: 'known', value: found.value };
  warn(`a webhook cannot be taken: ${found.why}`);
  return { kind: 'unreadable' };
}

function gitUrls({ settings }: Project): readonly string[] {
  return settings.sources.flatMap((source) => (source.kind === 'git' ? [source.url] : []));
}

function stampOf(file: string): string {
  const stat = nodeFiles.stat(file);
  return stat === undefined ? '' : `${stat.mtimeNs}:${stat.ino}:${stat.size}`;
}

function editOf({ paths, settings, clusterNames }: Project): EditContext {
  return {
    roots: paths.manifests,
    trust: settings.http.trust,
    context: {
      files: nodeFiles,
      home: homedir(),
      modulesDirectory: paths.modules,
      ownDirectories: [paths.outputs, ...(paths.state === undefined ? [] : [paths.state])],
      ...(clusterNames === undefined ? {} : { clusters: clusterNames }),
    },
  };
}
