/** From a valid document to the job that it asks for: scalars become lists, units numbers, defaults are filled in. */
import { parseDuration } from '../documents/units.js';
import type {
  ClusterOverride,
  JobSource,
  JobSpec,
  ModuleStages,
  OutputSpec,
  RetryPolicy,
} from '../model/job.js';
import { asList, type Draft } from './draft.js';
import { compact, readResources, readTexts } from './resources.js';

/** What had to be looked up before. */
export interface Resolved {
  readonly job: JobSource;
  readonly modules: ModuleStages | undefined;
}

export function normalise(draft: Draft, { job, modules }: Resolved): JobSpec {
  const { raw, document } = draft;
  const run = raw.run === undefined ? '1' : (document.literal(['run']) ?? String(raw.run));
  return {
    ...compact({ previously: raw.previously, modules }),
    // Not through compact: `kwargs:` may be anything, an explicit null too.
    ...('kwargs' in raw ? { kwargs: raw.kwargs } : {}),
    name: draft.name,
    run,
    login: readLogin(draft),
    mail: asList(raw.user_mail),
    destination: readDestination(draft),
    alternates: readAlternates(raw.alternates),
    job,
    setup: asList(raw.setup),
    requirements: asList(raw.requirements),
    compilation: asList(raw.compilation),
    execution: asList(raw.execution),
    output: asList(raw.output).map(toOutput),
    resources: readResources(raw.resources, (...path) => document.literal(['resources', ...path])),
    environment: readTexts(raw.environment, (key) => document.literal(['environment', key])),
    perCluster: readPerCluster(draft),
    labels: readTexts(raw.labels, (key) => document.literal(['labels', key])),
    suspend: raw.suspend ?? false,
    prepareOn: raw.prepare_on ?? 'login',
    ...(raw.fetch_on === undefined ? {} : { fetchOn: raw.fetch_on }),
    retry: readRetry(raw.retry),
    onEdit: raw.on_edit ?? 'keep',
    onDelete: raw.on_delete ?? 'finish',
    onClusterLost: raw.on_cluster_lost ?? 'wait',
    dependsOn: asList(raw.depends_on).map((entry) =>
      typeof entry === 'string'
        ? { name: entry, when: 'succeeded' }
        : { name: entry.name, when: entry.when ?? 'succeeded' },
    ),
  };
}

function readLogin({ raw, file, document }: Draft): JobSpec['login'] {
  const given = raw.private_key !== undefined || raw.passphrase !== undefined;
  return compact({
    username: raw.username,
    credentials: given ? { path: file, document: document.index } : undefined,
  });
}

/** Left out, it is the only cluster that there is; a rule refuses it where there are several. */
function readDestination({ raw, context }: Draft): JobSpec['destination'] {
  const written = asList(raw.destination_cluster);
  if (written.length === 1 && written[0] === 'auto') return 'auto';
  const [first, ...others] = written.length > 0 ? written : (context.clusters ?? []).slice(0, 1);
  return first === undefined ? 'auto' : [first, ...others];
}

function readAlternates(raw: Draft['raw']['alternates']): JobSpec['alternates'] {
  if (raw === undefined || raw === 'same_kind') return 'same_kind';
  return raw === 'none' ? 'none' : asList(raw);
}

/** `./a//b/` and `a/b/` are one path; the slash at the end stays, as it says that a directory is meant. */
function toOutput(entry: string | { readonly path: string; readonly optional?: boolean }): OutputSpec {
  const { path, optional = false } = typeof entry === 'string' ? { path: entry } : entry;
  const tidy = path.replaceAll(/\/{2,}/g, '/').replaceAll(/(^|\/)(\.\/)+/g, '$1');
  return { path: tidy === '' ? '.' : tidy, optional };
}

function readPerCluster({ raw, document }: Draft): JobSpec['perCluster'] {
  const entries = Object.entries(raw.per_cluster ?? {}).map(
    ([cluster, override]): [string, ClusterOverride] => {
      const literal = (...path: string[]): string | undefined =>
        document.literal(['per_cluster', cluster, ...path]);
      const { resources, setup, environment } = override ?? {};
      return [
        cluster,
        compact({
          resources: present(resources, () =>
            readResources(resources, (...path) => literal('resources', ...path)),
          ),
          setup: present(setup, () => asList(setup)),
          environment: present(environment, () =>
            readTexts(environment, (key) => literal('environment', key)),
          ),
        }),
      ];
    },
  );
  return Object.fromEntries(entries);
}

function present<T>(raw: unknown, read: () => T): T | undefined {
  return raw === undefined || raw === null ? undefined : read();
}

function readRetry(raw: Draft['raw']['retry']): RetryPolicy {
  const backoff = raw?.backoff === undefined ? undefined : parseDuration(raw.backoff);
  return compact({
    attempts: raw?.attempts,
    on: raw?.on === undefined ? undefined : asList(raw.on),
    backoffSeconds: backoff?.ok === true ? backoff.value : undefined,
  });
}
