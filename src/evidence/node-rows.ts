/**
 * The lines of a status, as `wrapper/README.md` lays them down: one a node and partition, fields divided by 0x1f.
 * What the states mean is the manager's to say.
 */
import type { ClusterStatus, NodeKind, NodeStatus } from '../model/status.js';
import type { Asked } from '../model/observation.js';
import type { RawAnswer } from '../ports.js';

const SEPARATOR = '\x1f';
const FIELDS = 9;
/** What `timeout` ends with when its patience is over. */
const TIMED_OUT = 124;
/** Enough of a strange answer for a person. */
const SHOWN = 200;

export interface ReadState {
  /** Lower case, without flags. */
  readonly state: string;
  readonly flags: readonly string[];
  readonly kind: NodeKind;
}

/**
 * @param command what was run there, for people
 * @returns the nodes, or that none could be had: an answer without any is no figure
 */
export function parseNodes(
  command: string,
  raw: RawAnswer,
  readState: (printed: string) => ReadState,
): Asked<ClusterStatus['nodes']> {
  if (raw.exitCode === 'none') return { kind: 'none' };
  const said = [...raw.errors, ...raw.lines].map((line) => line.trim()).filter((line) => line !== '');
  const words = said.slice(-2).join('; ').slice(0, SHOWN);
  if (raw.exitCode === TIMED_OUT && words === '')
    return { kind: 'silent', why: `${command} did not answer in time` };
  if (raw.exitCode !== 0)
    return {
      kind: 'silent',
      why: `${command} failed with code ${raw.exitCode}: ${words || 'it said nothing'}`,
    };
  const nodes = new Map<string, NodeStatus>();
  for (const line of raw.lines) {
    const node = readNode(line, readState);
    if (node) nodes.set(node.host, merged(nodes.get(node.host), node));
  }
  if (nodes.size > 0) return { kind: 'answered', value: [...nodes.values()] };
  const why =
    words === '' ? `${command} names no node` : `${command} said what is no list of nodes: ${words}`;
  return { kind: 'silent', why };
}

/** A node that is in several partitions has a line for each: the first is kept, and the others' partitions. */
function merged(known: NodeStatus | undefined, node: NodeStatus): NodeStatus {
  if (!known) return node;
  return { ...known, partitions: [...new Set([...known.partitions, ...node.partitions])] };
}

/** @returns undefined for a line of another shape: noise */
function readNode(line: string, readState: (printed: string) => ReadState): NodeStatus | undefined {
  const fields = line.split(SEPARATOR).map((field) => field.trim());
  const [host = '', partition, printed = '', cpus = '', topology, load, memory, free, gres] = fields;
  const counts = /^(\d+)\/(\d+)\/(\d+)\/(\d+)$/.exec(cpus)?.slice(1).map(Number);
  if (fields.length !== FIELDS || host === '' || printed === '' || !counts) return undefined;
  const [allocated = 0, idle = 0, other = 0, total = 0] = counts;
  return {
    host,
    ...readState(printed),
    partitions: Object.values(told('partition', partition)),
    cpus: { allocated, idle, other, total },
    ...told('topology', topology),
    ...number('load', load),
    ...number('memoryMiB', memory),
    ...number('freeMemoryMiB', free),
    ...told('gres', gres),
  };
}

function told<K extends string>(key: K, text = ''): Partial<Record<K, string>> {
  return ['', '-', 'N/A', '(null)'].includes(text) ? {} : ({ [key]: text } as Partial<Record<K, string>>);
}

/** `N/A` and `-` are not told; Slurm puts a `+` behind what is at least so much. */
function number<K extends string>(key: K, text: string | undefined): Partial<Record<K, number>> {
  const digits = /^(\d+(?:\.\d+)?)\+?$/.exec(text ?? '')?.[1];
  return digits === undefined ? {} : ({ [key]: Number(digits) } as Partial<Record<K, number>>);
}
