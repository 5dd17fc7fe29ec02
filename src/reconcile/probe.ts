/** The job of a minute, as it is asked for and as it is read. Pure. */
import type { Cluster } from '../model/cluster.js';
import type { JobSpec } from '../model/job.js';
import { type Frame, words } from '../protocol/frames.js';
import { finding, type Finding } from './findings.js';

/** Says who and when it is, whether its shell is a login shell, and writes into its directory and reads it again. */
const EXECUTION = [
  'echo "node $(uname -n)"',
  'echo "began $(date +%s)"',
  'if shopt -q login_shell; then echo "shell $BASH_VERSION"; fi',
  'echo probe >probe && read -r sluice_read <probe && [ "$sluice_read" = probe ] && echo "wrote $PWD"',
];
export const LIMIT_SECONDS = 60;

export function probeSpec({ name }: Cluster): JobSpec {
  return {
    ...{ name: 'probe', run: '1', login: {}, mail: [], destination: [name], alternates: 'none' },
    ...{ job: { kind: 'none' }, setup: [], requirements: [], compilation: [], output: [] },
    ...{ environment: {}, perCluster: {}, labels: {}, suspend: false, prepareOn: 'login', retry: {} },
    ...{ onEdit: 'keep', onDelete: 'finish', onClusterLost: 'wait', dependsOn: [] },
    execution: EXECUTION,
    resources: { durationSeconds: LIMIT_SECONDS, sbatchOptions: {} },
  };
}

/** One look at it. */
export interface Look {
  /** As the queue knows it; undefined where it does not, or was not told. */
  readonly id: string | undefined;
  readonly state: string;
  /** Why it waits, or why it could not be asked. */
  readonly reason: string;
  readonly node: string;
  /** What it said, by its first word. */
  readonly said: ReadonlyMap<string, string>;
  readonly errors: readonly string[];
  /** Its own mark: the code with which it ended, and the item of `execution` (-1: of `setup`). */
  readonly left: { readonly code: number; readonly item: number } | undefined;
}

export function readLook(frames: readonly Frame[]): Look {
  const of = (kind: string): Frame | undefined => frames.find((frame) => frame.kind === kind);
  const [id = '-', state = 'SILENT', nodes = '', reason = ''] = words(of('probe')?.rest ?? '', 4);
  const said = new Map(
    (of('said')?.lines ?? []).map((line) => [words(line, 2)[0] ?? '', words(line, 2)[1] ?? '']),
  );
  const [code, item] = words(of('left')?.rest ?? '', 2).map(Number);
  return {
    id: id === '-' || id === '' ? undefined : id,
    state,
    reason,
    node: said.get('node') ?? nodes.replace(/^n=/, ''),
    said,
    errors: of('said')?.errors ?? [],
    left: of('left') === undefined || code === undefined ? undefined : { code, item: item ?? 0 },
  };
}

const LIVE = [
  'PENDING',
  'CONFIGURING',
  'RUNNING',
  'COMPLETING',
  'STAGE_OUT',
  'SUSPENDED',
  'STOPPED',
  'SILENT',
];

/** The queue says that it will not go on, whether or not it left a mark. */
export function hasEnded({ state, left }: Look): boolean {
  return left !== undefined || !LIVE.includes(state);
}

/** What an ended job proves. @param submitted epoch seconds by the cluster's clock */
export function ofEnd(id: string, look: Look, submitted: number, workDir: string): Finding[] {
  const { said, left, node, state } = look;
  const where = node === '' ? '' : ` on ${node}`;
  if (left === undefined && said.size === 0) {
    const how = `job ${id} ended (${state})${where} and left nothing in ${workDir}`;
    return [finding('nodes', 'fail', `${how}: ${NOT_ON_NODES}${tail(look)}`)];
  }
  if (left?.code !== 0) return [finding('nodes', 'fail', failureWords(id, look, where))];
  const waited = Math.max(0, Number(said.get('began')) - submitted);
  const shell = said.get('shell');
  return [
    finding('nodes', 'ok', `job ${id} ran${where} after ${waited} s in the queue`),
    finding('nodes', 'ok', `they see ${workDir} and can write there`),
    shell === undefined
      ? finding(
          'nodes',
          'fail',
          'bash does not start as a login shell there, so profiles and modules are missing',
        )
      : finding('nodes', 'ok', `bash ${shell.replace(/\(.*/, '')} runs there as a login shell`),
  ];
}

const NOT_ON_NODES =
  'the compute nodes do not see work_dir, or cannot write there (WorkDirNotOnNodes); name a directory in clusters.yaml that they share';

function failureWords(id: string, look: Look, where: string): string {
  const { left, state } = look;
  if (left === undefined) return `job ${id} began${where} and did not end well (${state})${tail(look)}`;
  const what = left.item < 0 ? 'setup of clusters.yaml ends' : `job ${id} ended`;
  return `${what} with exit code ${left.code}${where}${tail(look)}`;
}

function tail({ errors }: Look): string {
  const last = errors
    .map((line) => line.trim().replaceAll(/\S*\/sluice-probe-[^/\s]+\/\.sluice\//g, ''))
    .filter((line) => line !== '' && !line.startsWith('sluice: ended with code'))
    .slice(-3);
  return last.length === 0 ? '' : `; it said: ${last.join(' / ')}`;
}

/** Time is over, or somebody stopped us. */
export function ofLate(id: string | undefined, look: Look | undefined, why: string): Finding {
  const stands = look === undefined ? 'nothing is known of it' : standWords(look);
  return finding(
    'nodes',
    'fail',
    `${why}: job ${id ?? '?'} ${stands}; it was cancelled, so this proves nothing of the nodes`,
  );
}

function standWords({ state, reason, node }: Look): string {
  const because = reason === '' || reason === 'None' || reason === '-' ? '' : `, ${reason}`;
  if (state === 'SILENT') return `could not be asked about${because}`;
  return state === 'PENDING'
    ? `still waits in the queue${because}`
    : `is ${state}${node === '' ? '' : ` on ${node}`}${because}`;
}
