/** What a run waits for that `depends_on` names, and when that can no longer come. Pure. */
import type { Action } from '../model/action.js';
import type { JobSpec, When } from '../model/job.js';
import { isEnded, type Phase, type RunRecord } from '../model/run.js';
import type { Named } from './facts.js';
import { mark, type RunSituation } from './situation.js';

type Dependency = JobSpec['dependsOn'][number];

/** Which ends will do. What a person cancelled has neither succeeded nor failed. */
const ENDS: Readonly<Record<When, readonly Phase[]>> = {
  succeeded: ['Succeeded'],
  finished: ['Succeeded', 'Failed', 'Cancelled'],
  failed: ['Failed'],
};
const TO: Readonly<Record<When, string>> = { succeeded: 'to succeed', finished: 'to end', failed: 'to fail' };
const HAD: Readonly<Record<When, string>> = { succeeded: 'succeeded', finished: 'ended', failed: 'failed' };

/** Dependencies are asked about until something was sent: what they came to then is not undone. */
export function mayDepend({ run, attempts }: RunRecord): boolean {
  return !isEnded(run.phase) && attempts.every((attempt) => attempt.outcome === 'unsent');
}

/** @returns what is done in place of an attempt; undefined where nothing stands in its way */
export function planDependencies(s: RunSituation): readonly Action[] | undefined {
  const { dependsOn } = s.specForNext;
  if (dependsOn.length === 0 || !mayDepend(s.record)) return undefined;
  const all = dependsOn.map((each) => ({ each, named: namedIn(s, each) }));
  const lost = all.flatMap(({ each, named }) => lostWords(each, named) ?? []);
  if (lost.length > 0) {
    const message = `${lost.join('; ')}: nothing was submitted`;
    return [mark(s, 'finish', 'Failed', 'DependencyFailed', message)];
  }
  const waiting = all.flatMap(({ each, named }) => waitingWords(each, named) ?? []);
  if (waiting.length === 0) return undefined;
  return [mark(s, 'wait', 'Pending', 'DependencyPending', `waits for ${waiting.join('; and for ')}`)];
}

function namedIn({ planning }: RunSituation, { name }: Dependency): Named {
  return planning.facts.named.get(name) ?? { kind: 'unknown' };
}

/** Undefined as long as it can come true, or has. */
function lostWords({ name, when }: Dependency, named: Named): string | undefined {
  if (named.kind !== 'run' || !isEnded(named.phase) || ENDS[when].includes(named.phase)) return undefined;
  const end = named.phase === 'Cancelled' ? 'was cancelled' : `has ${named.phase.toLowerCase()}`;
  return `it was to run when ${name} had ${HAD[when]}, and ${name} ${end}`;
}

/** Undefined when it has come true. */
function waitingWords({ name, when }: Dependency, named: Named): string | undefined {
  const words = `${name} ${TO[when]}`;
  switch (named.kind) {
    case 'unknown':
      return `${words}, and no manifest and no run has that name`;
    case 'unclear':
      return `${words}, whose manifest cannot be read just now`;
    case 'new':
      return `${words}, which was not taken up yet`;
    case 'run':
      return isEnded(named.phase) ? undefined : `${words}, which stands as ${named.phase}`;
  }
}
