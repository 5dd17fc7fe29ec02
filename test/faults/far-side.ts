/** Trials that strike the cluster's half: its shell dies at a given act, its runner dies, its `sbatch` comes late. */
import type { Site } from '../lab/lab.js';
import { type JobPlan, PLAIN, STEPPED } from './project.js';
import type { Trial } from './trial.js';
import { type Expected, findings } from './verdict.js';

interface Sabotage {
  readonly name: string;
  /** The verb of the exchange that is struck. */
  readonly verb: string;
  /** Shell functions, in force for the first such exchange only. */
  readonly text: string;
  readonly expected?: Expected;
  /** Milliseconds until all that was set off has happened. */
  readonly aftermath?: number;
}

/** A command whose words match kills the wrapper's shell before, or after, it has acted; `$$` is that shell. */
function dies(when: 'before' | 'after', command: string, pattern: string): string {
  const act = `command ${command} "$@"`;
  return when === 'before'
    ? `${command}() { case "$*" in ${pattern}) kill -9 $$; exit ;; esac; ${act}; }`
    : `${command}() { ${act}; case "$*" in ${pattern}) kill -9 $$; exit ;; esac; }`;
}

const SABOTAGES: readonly Sabotage[] = [
  { name: 'shell killed before the mark', verb: 'mark', text: dies('before', 'mv', '*/mark') },
  { name: 'shell killed after the mark', verb: 'mark', text: dies('after', 'mv', '*/mark') },
  { name: 'shell killed before the claim', verb: 'claims', text: dies('before', 'xargs', '*"ln --"*') },
  { name: 'shell killed after the claim', verb: 'claims', text: dies('after', 'xargs', '*"ln --"*') },
  { name: 'shell killed while unpacking', verb: 'place', text: dies('after', 'tar', '-xof*') },
  { name: 'shell killed before placing', verb: 'place', text: dies('before', 'xargs', '*"mv --"*') },
  { name: 'shell killed after placing', verb: 'place', text: dies('after', 'xargs', '*"mv --"*') },
  { name: 'shell killed before the ticket', verb: 'submit', text: dies('before', 'xargs', '*/tickets') },
  { name: 'shell killed after the ticket', verb: 'submit', text: dies('after', 'xargs', '*/tickets') },
  { name: 'shell killed when sbatch was accepted', verb: 'submit', text: dies('after', 'sbatch', '*') },
  {
    name: 'shell killed while the id is written',
    verb: 'submit',
    text: 'sbatch() { command sbatch "$@"; : >"$sl_inst/jobs/$sl_token"; kill -9 $$; exit; }',
  },
  {
    name: 'sbatch was heard and says that it timed out',
    verb: 'submit',
    text: 'sbatch() { command sbatch "$@" >&-; echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2; return 1; }',
  },
  {
    name: 'sbatch was not heard and says that it timed out',
    verb: 'submit',
    text: 'sbatch() { echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2; return 1; }',
    expected: { watched: true },
  },
  {
    name: 'sbatch reaches the controller after the fence',
    verb: 'submit',
    text: `sbatch() { setsid sh -c 'sleep 12; exec sbatch "$@"' sh "$@" </dev/null >/dev/null 2>&1 & kill -9 $$; exit; }`,
    expected: { turnedAway: true, watched: true },
    aftermath: 12_000,
  },
  {
    name: 'shell killed in the middle of the results',
    verb: 'collect',
    text: dies('after', 'tar', '*-chf*'),
  },
  { name: 'shell killed before the ledger', verb: 'settled', text: dies('before', 'ln', '*/ledger/*') },
  { name: 'shell killed after the ledger', verb: 'settled', text: dies('after', 'ln', '*/ledger/*') },
  {
    name: 'shell killed when the claims have left',
    verb: 'settled',
    text: dies('after', 'xargs', '*"rm -f"*'),
  },
];

/** @param every which of them: all of hercules; of a site whose login hosts differ, those that tell nothing by a pid */
export function sabotageTrials(site: Site, every: (name: string) => boolean = () => true): Trial[] {
  return SABOTAGES.filter(({ name }) => every(name)).map(({ name, verb, text, expected, aftermath }) => ({
    name,
    site,
    jobs: [PLAIN, { ...PLAIN, name: 'second' }],
    run: async (project) => {
      const end = await project.run({ sabotage: { verb, text } });
      await new Promise((resolve) => setTimeout(resolve, aftermath ?? 0));
      return findings(project, end, expected);
    },
  }));
}

/** Only the first time: the step kills the runner that started it. */
function once(what: string): string {
  return `test -e killed || { touch killed; ${what}; }`;
}

const RUNNER = '$(cut -d" " -f2 ../.sluice/runner)';

/** The runner of a step dies; what it had begun ends before anything is begun again. */
export function runnerTrials(site: Site): Trial[] {
  const jobOf = (commands: readonly string[]): JobPlan => ({
    ...STEPPED,
    more: `compilation: [${commands.map((each) => `'${each}'`).join(', ')}]`,
  });
  const forms: readonly { name: string; commands: readonly string[] }[] = [
    {
      name: 'runner killed, its step goes on',
      commands: [once(`kill -9 ${RUNNER}`), 'sleep 2', 'echo x > built'],
    },
    {
      name: 'runner and step killed',
      commands: [once(`kill -9 ${RUNNER} $PPID $$`), 'sleep 1', 'echo x > built'],
    },
    {
      name: 'step killed, its runner goes on',
      commands: [once('kill -9 $PPID $$'), 'sleep 1', 'echo x > built'],
    },
  ];
  return forms.map(({ name, commands }) => ({
    name,
    site,
    jobs: [jobOf(commands)],
    run: async (project) => findings(project, await project.run()),
  }));
}
