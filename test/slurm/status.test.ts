/** What sinfo prints of nodes, in the words of many versions, and what is made of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUp, NODE_KINDS, type NodeStatus, statusWords, totalsOf } from '../../src/model/status.js';
import { parseStatus, readNodeState } from '../../src/slurm/status.js';
import { answer, nodeLine } from './rows.js';

const UP = ['idle', 'mixed', 'allocated', 'reserved'];

function nodesOf(lines: readonly string[]): readonly NodeStatus[] {
  const asked = parseStatus(answer(lines));
  if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked));
  return asked.value;
}

/** Word as printed, what it counts as, flags. */
const STATES: readonly (readonly [string, string, ...string[]])[] = [
  ['idle', 'idle'],
  ['IDLE', 'idle'],
  ['idle~', 'idle', 'powered_down'],
  ['idle#', 'idle', 'powering_up'],
  ['idle!', 'idle', 'power_down_pending'],
  ['idle@', 'idle', 'reboot_pending'],
  ['idle*', 'down', 'not_responding'],
  ['idle%', 'down', 'powering_down'],
  ['idle^', 'down', 'reboot_issued'],
  ['idle$', 'maint', 'maint'],
  ['planned', 'idle'],
  ['plnd', 'idle'],
  ['mixed', 'mixed'],
  ['mix', 'mixed'],
  ['mixed-', 'mixed', 'planned'],
  ['mixed*', 'down', 'not_responding'],
  ['mixed$', 'maint', 'maint'],
  ['allocated', 'allocated'],
  ['alloc', 'allocated'],
  ['allocated+', 'allocated', 'completing'],
  ['allocated#', 'allocated', 'powering_up'],
  ['allocated*', 'down', 'not_responding'],
  ['completing', 'allocated'],
  ['comp', 'allocated'],
  ['completing*', 'down', 'not_responding'],
  ['blocked', 'allocated'],
  ['perfctrs', 'allocated'],
  ['npc', 'allocated'],
  ['reserved', 'reserved'],
  ['resv', 'reserved'],
  ['reserved*', 'down', 'not_responding'],
  ['drained', 'drained'],
  ['drain', 'drained'],
  ['drained*', 'drained', 'not_responding'],
  ['drained$', 'drained', 'maint'],
  ['drained~', 'drained', 'powered_down'],
  ['draining', 'draining'],
  ['drng', 'draining'],
  ['draining@', 'draining', 'reboot_pending'],
  ['draining^', 'draining', 'reboot_issued'],
  ['down', 'down'],
  ['down*', 'down', 'not_responding'],
  ['down~', 'down', 'powered_down'],
  ['down$', 'down', 'maint'],
  ['error', 'down'],
  ['inval', 'down'],
  ['future', 'down'],
  ['futr', 'down'],
  ['reboot', 'down'],
  ['reboot^', 'down', 'reboot_issued'],
  ['reboot*', 'down', 'not_responding'],
  ['boot', 'down'],
  ['reboot_issued', 'down'],
  ['reboot_requested', 'down'],
  ['power_down', 'down'],
  ['pow_dn', 'down'],
  ['powering_down', 'down'],
  ['powered_down', 'down'],
  ['power_up', 'down'],
  ['pow_up', 'down'],
  ['powering_up', 'down'],
  ['fail', 'fail'],
  ['fail*', 'fail', 'not_responding'],
  ['failing', 'fail'],
  ['failg', 'fail'],
  ['maint', 'maint'],
  ['maint*', 'maint', 'not_responding'],
  ['unknown', 'unknown'],
  ['unk', 'unknown'],
  ['unknown*', 'unknown', 'not_responding'],
  ['hibernating', 'unknown'],
  ['hibernating*', 'unknown', 'not_responding'],
  ['?', 'unknown'],
];

it.each(STATES)('%s counts as %s', (printed, kind, ...flags) => {
  const state = readNodeState(printed);
  expect(state).toEqual({
    state: printed.toLowerCase().replace(/[*~#!%$@^+-]+$/, ''),
    kind,
    flags,
  });
});

describe('a cluster', () => {
  const lines = [
    nodeLine('w1', 'mixed', { cpus: '7/9/0/16', load: '6.80' }),
    nodeLine('w1', 'mixed', { partition: 'debug', cpus: '7/9/0/16', load: '6.80' }),
    nodeLine('w2', 'idle', { load: 'N/A', gres: 'gpu:a100:4(S:0-1)' }),
    nodeLine('w3', 'idle~', { load: '0.00' }),
    nodeLine('w4', 'drained', { cpus: '0/0/16/16' }),
    nodeLine('w5', 'draining', { cpus: '4/0/12/16' }),
    nodeLine('w6', 'down*', { cpus: '0/0/16/16', load: 'N/A' }),
    nodeLine('w7', 'fail', { cpus: '0/0/16/16' }),
    nodeLine('w8', 'maint', { cpus: '0/16/0/16' }),
    nodeLine('w9', 'idle*', { cpus: '0/0/16/16' }),
  ];
  const totals = totalsOf({ takenAt: 1, nodes: nodesOf(lines) });

  it('36: has totals over the nodes that are up, and each node once', () => {
    expect(totals).toEqual({
      nodes: 9,
      up: 3,
      cpus: { allocated: 7, idle: 41, total: 48 },
      memoryMiB: 192_000,
      load: 3.4,
      states: { idle: 2, mixed: 1, drained: 1, draining: 1, down: 2, fail: 1, maint: 1 },
      unknownWords: [],
    });
    expect(statusWords(totals)).toBe(
      '3 of 9 nodes are up, 41 of 48 CPUs idle; not up: 1 drained, 1 draining, 2 down, 1 fail, 1 maint',
    );
  });

  it('has per node what sinfo told', () => {
    const [w1, w2] = nodesOf(lines);
    expect(w1).toEqual({
      ...{ host: 'w1', state: 'mixed', flags: [], kind: 'mixed', partitions: ['batch', 'debug'] },
      cpus: { allocated: 7, idle: 9, other: 0, total: 16 },
      ...{ topology: '2:8:1', load: 6.8, memoryMiB: 64_000, freeMemoryMiB: 60_000 },
    });
    expect(w2).toMatchObject({ gres: 'gpu:a100:4(S:0-1)' });
    expect(w2).not.toHaveProperty('load');
  });

  it('keeps a word that nobody knows, and does not call its node up', () => {
    const strange = totalsOf({ takenAt: 1, nodes: nodesOf([nodeLine('w1', 'hibernating')]) });
    expect(strange).toMatchObject({ nodes: 1, up: 0, unknownWords: ['hibernating'], states: { unknown: 1 } });
    expect(statusWords(strange)).toBe('0 of 1 node is up, 0 of 0 CPUs idle; not up: 1 unknown');
  });

  it('takes a line of another shape for noise', () => {
    const nodes = nodesOf([
      '*** maintenance on Tuesday ***',
      '',
      nodeLine('', 'idle'),
      nodeLine('w1', ''),
      nodeLine('w2', 'idle', { cpus: '16' }),
      nodeLine('w3', 'allocated+', { memory: '64000+' }),
      `${nodeLine('w4', 'idle')}\x1fmore`,
    ]);
    expect(nodes).toMatchObject([{ host: 'w3', memoryMiB: 64_000 }]);
  });

  it('counts each node once, and as up only what takes work, whatever is printed', () => {
    const printed = fc.oneof(
      fc.constantFrom(...STATES.map(([word]) => word)),
      fc.stringMatching(/^[A-Za-z_?]{1,9}[*~#!%$@^+-]{0,3}$/),
    );
    const row = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), printed, fc.constantFrom('p', 'q'));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const nodes = nodesOf(rows.map(([host, state, partition]) => nodeLine(host, state, { partition })));
        const { nodes: count, up, states } = totalsOf({ takenAt: 1, nodes });
        expect(count).toBe(new Set(rows.map(([host]) => host)).size);
        const sum = (kinds: readonly string[]): number =>
          NODE_KINDS.filter((kind) => kinds.includes(kind)).reduce((n, kind) => n + (states[kind] ?? 0), 0);
        expect([sum(NODE_KINDS), sum(UP)]).toEqual([count, up]);
        for (const node of nodes)
          if (node.flags.includes('not_responding') || /drain|drng|down|fail|maint/.test(node.state))
            expect(isUp(node)).toBe(false);
      }),
    );
  });
});

it.each([
  [
    'a failure',
    answer([], 1, ['slurm_load_partitions: Unable to contact slurm controller']),
    /^sinfo failed with code 1: slurm_load_partitions: Unable to contact/,
  ],
  ['patience that is over', answer([], 124), /^sinfo did not answer in time$/],
  [
    'a command that is not there',
    answer([], 127, ['timeout: failed to run command']),
    /^sinfo failed with code 127: timeout:/,
  ],
  [
    'rubbish',
    answer(['<html>', 'x'.repeat(900)]),
    /^sinfo said what is no list of nodes: <html>; x{50,200}$/,
  ],
  ['nothing', answer([]), /^sinfo names no node$/],
] as const)('%s is no figure', (_, raw, why) => {
  // prettier-ignore
  expect(parseStatus(raw)).toMatchObject({ kind: 'silent', why: expect.stringMatching(why) });
});
