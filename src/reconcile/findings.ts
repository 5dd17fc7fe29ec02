/** What the doctor reads: frames, and how the connection went, as findings for a person. Pure. */
import type { Cluster } from '../model/cluster.js';
import type { Asked } from '../model/observation.js';
import { type ClusterStatus, statusWords, totalsOf } from '../model/status.js';
import type { TransportFailure } from '../ports.js';
import { type Frame, words } from '../protocol/frames.js';
import type { Reply } from '../protocol/agent.js';

export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** One or two words: what was looked at. */
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found, and what to do where it is bad. */
  readonly words: string;
}

export const finding = (name: string, verdict: Verdict, text: string): Finding => ({
  name,
  verdict,
  words: text,
});

/** Nothing else can be looked at. */
export function ofFailure({ kind, message }: TransportFailure): Finding {
  return finding(kind === 'host-key' ? 'host key' : 'login', 'fail', message);
}

/** @param middle epoch seconds of ours at which the cluster's clock was read, as far as can be told */
export function ofReply(cluster: Cluster, address: string, reply: Reply, middle: number): Finding[] {
  const secured = cluster.transport !== 'local';
  const by = cluster.transport === 'openssh' ? ', by your own ssh' : '';
  return [
    finding('login', 'ok', secured ? `${address} answers${by}` : 'this machine; no login is needed'),
    ...(secured ? [finding('host key', 'ok', hostKeyWords(cluster))] : []),
    ofNoise(reply.noise),
    finding('wrapper', reply.complete ? 'ok' : 'fail', reply.complete ? 'runs there' : reply.why),
    ...ofClock(reply.frames, middle),
    ...reply.frames.flatMap((frame) => ofFrame(frame)),
  ];
}

function hostKeyWords({ hostKeys, transport }: Cluster): string {
  // Where a ControlMaster of theirs is open, it was checked when they opened it.
  if (transport === 'openssh' && hostKeys.length === 0) return 'was checked by your own ssh';
  return `is the one that ${hostKeys.length > 0 ? 'host_key in clusters.yaml' : 'known_hosts'} has`;
}

function ofNoise(noise: readonly string[]): Finding {
  const [first] = noise;
  if (first === undefined) return finding('login shell', 'ok', 'prints nothing by itself');
  const where =
    'Sluice skips it, but scp and rsync stumble over it; keep it in .bashrc to interactive shells';
  return finding('login shell', 'warn', `prints by itself, beginning with "${first.trim()}": ${where}`);
}

/** Claims and queue are compared in the cluster's time; a minute is no harm. */
const CLOCK_TOLERANCE_SECONDS = 60;

function ofClock(frames: readonly Frame[], middle: number): Finding[] {
  const told = frames.find((frame) => frame.kind === 'clock');
  if (told === undefined) return [];
  const offset = Math.round(Number(told.rest) - middle);
  const side = offset < 0 ? 'behind' : 'ahead of';
  const text = Math.abs(offset) < 2 ? 'agrees with ours' : `is ${Math.abs(offset)} s ${side} ours`;
  const bad = !(Math.abs(offset) < CLOCK_TOLERANCE_SECONDS);
  return [finding('clock', bad ? 'fail' : 'ok', bad ? `${text}; set one of the two by NTP` : text)];
}

function ofFrame(frame: Frame): Finding[] {
  switch (frame.kind) {
    case 'check': {
      const [name = '', verdict = '', text = ''] = words(frame.rest, 3);
      return [finding(name, verdict === 'fail' || verdict === 'warn' ? verdict : 'ok', text)];
    }
    case 'space':
      return ofSpace(frame);
    case 'quota':
      return [ofQuota(frame)];
    default:
      return [];
  }
}

/** Nothing here keeps a job from being sent: it may wait. */
export function ofStatus(asked: Asked<ClusterStatus> | undefined): Finding[] {
  if (asked === undefined || asked.kind === 'none') return [];
  if (asked.kind === 'silent') return [finding('status', 'warn', `is not to be had: ${asked.why}`)];
  const totals = totalsOf(asked.value);
  const { unknownWords: words } = totals;
  const strange = words.length === 0 ? '' : `; not known here: ${words.join(', ')}`;
  const good = totals.up > 0 && words.length === 0;
  return [finding('status', good ? 'ok' : 'warn', `${statusWords(totals)}${strange}`)];
}

const LOW_KIB = 1024 * 1024;
const LEAST_KIB = 50 * 1024;
const LOW_INODES = 10_000;

function ofSpace({ rest }: Frame): Finding[] {
  const [name = '', kib = '-', inodes = '-'] = words(rest, 3);
  const parts = [
    ...(kib === '-' ? [] : [sizeWords(Number(kib))]),
    ...(inodes === '-' ? [] : [`${inodes} more files`]),
  ];
  if (parts.length === 0) return [];
  const text = `has room for ${parts.join(' and ')}`;
  const none = Number(kib) < LEAST_KIB || Number(inodes) === 0;
  const low = Number(kib) < LOW_KIB || Number(inodes) < LOW_INODES;
  const advice = none || low ? '; clear it up, or name another in clusters.yaml' : '';
  return [finding(name, none ? 'fail' : low ? 'warn' : 'ok', text + advice)];
}

/** KiB as df has them, in the units that people buy disks in. */
function sizeWords(kib: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = (kib * 1024) / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

/** `quota` stars what is over its limit, and prints nothing where there is none. */
function ofQuota({ lines }: Frame): Finding {
  const over = lines.filter((line) => /\d\*/.test(line)).map((line) => line.trim().replaceAll(/\s+/g, ' '));
  if (over.length > 0) return finding('quota', 'fail', `is used up: ${over.join('; ')}`);
  const told = lines.some((line) => /^\s*\S+\s+\d/.test(line));
  return finding('quota', 'ok', told ? 'is not used up' : 'none is told for you');
}
