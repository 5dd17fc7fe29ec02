/** What a manifest of other people's may not ask for, unless its source is trusted with it. */
import { show, type Path } from '../documents/problem.js';
import type { Problem } from '../model/job.js';
import type { Trust } from '../model/settings.js';
import { problem, type Draft } from './draft.js';
import type { Classified } from './job-source.js';
import type { ReadModules } from './modules.js';

/** Nothing for the owner's own manifests. What leaves the source's files is refused where paths are read. */
export function distrust(draft: Draft, job: Classified, { stages }: ReadModules): readonly Problem[] {
  const { fence } = draft.context;
  if (fence === undefined) return [];
  const { raw } = draft;
  const refuse = (path: Path, what: string, trust: Trust): readonly Problem[] =>
    fence.allows.has(trust) ? [] : [problem(draft, path, `${what}; ${advice(trust)}`, { what: 'key' })];
  const login = (['username', 'private_key', 'passphrase'] as const).filter((key) => raw[key] !== undefined);
  return [
    ...login.flatMap((key) =>
      refuse([key], `${key} says how this installation logs in, ${NOT_TRUSTED}`, key),
    ),
    ...((stages?.staging.length ?? 0) === 0
      ? []
      : refuse(
          typeof raw.modules === 'string' ? ['modules'] : ['modules', 'staging'],
          `staging modules are commands that run on this machine, ${NOT_TRUSTED}`,
          'staging_modules',
        )),
    ...(job.ok && (job.source.kind === 'git' || job.source.kind === 'url')
      ? refuse(
          ['job'],
          `job ${show(raw.job)} is none of the source's own files, ${NOT_TRUSTED}`,
          'outside_jobs',
        )
      : []),
  ];
}

const NOT_TRUSTED = 'and this source is not trusted with that';

function advice(trust: Trust): string {
  return `take it out, or add "trust: [${trust}]" to the source in sluice.yaml`;
}
