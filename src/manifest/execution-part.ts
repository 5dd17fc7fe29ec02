/**
 * The part of a job that its hash covers: what is done, not where, when, for whom or under which name.
 *
 * Only keys that the manifest gives count, so that a new default in a later version changes no hash;
 * and they count in their normal form, so that `60m` and `1h`, or a scalar and a list of one, are equal.
 * Left out on purpose: name, run, previously (identity); username, private_key, passphrase (login);
 * destination_cluster, alternates (where); user_mail, labels, suspend, retry, on_*, depends_on (handling).
 * A local job's path does not count either: its content does (see inputs.ts), so that files may move.
 */
import type { JobSource, JobSpec, OutputSpec, Resources } from '../model/job.js';
import type { ManifestFile } from './manifest.generated.js';

export type ExecutionPart = Readonly<Record<string, unknown>>;

export function executionPart(spec: JobSpec, raw: ManifestFile): ExecutionPart {
  const part: Record<string, unknown> = {
    job: jobPart(spec.job),
    setup: spec.setup,
    requirements: spec.requirements,
    compilation: spec.compilation,
    execution: spec.execution,
    output: spec.output.map(outputPart),
    resources: resourcesPart(spec.resources),
    environment: spec.environment,
    per_cluster: perClusterPart(spec.perCluster),
    modules: spec.modules,
    kwargs: spec.kwargs,
    prepare_on: raw.prepare_on,
  };
  return Object.fromEntries(
    Object.entries(part).filter(([key, value]) => (key === 'kwargs' ? value !== undefined : !isEmpty(value))),
  );
}

function jobPart(source: JobSource): unknown {
  switch (source.kind) {
    case 'none':
      return undefined;
    case 'file':
    case 'directory':
      return { kind: 'local' };
    case 'git':
    case 'url':
      return source;
  }
}

function outputPart({ path, optional }: OutputSpec): unknown {
  return optional ? { path, optional } : path;
}

function resourcesPart({ sbatchOptions, ...rest }: Partial<Resources>): unknown {
  return { ...rest, ...(isEmpty(sbatchOptions) ? {} : { sbatchOptions }) };
}

function perClusterPart(perCluster: JobSpec['perCluster']): unknown {
  const entries = Object.entries(perCluster).map(([cluster, { resources, setup, environment }]) => {
    const part = {
      ...(resources === undefined ? {} : { resources: resourcesPart(resources) }),
      // An empty list is not nothing here: it takes the job's own setup away.
      ...(setup === undefined ? {} : { setup }),
      ...(isEmpty(environment) ? {} : { environment }),
    };
    return [cluster, part] as const;
  });
  return Object.fromEntries(entries.filter(([, part]) => !isEmpty(part)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
