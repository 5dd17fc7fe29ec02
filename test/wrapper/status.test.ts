/** What a login node tells of its nodes: the frame, and that nothing that goes wrong there stops the exchange. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { direct } from '../../src/direct/manager.js';
import { totalsOf } from '../../src/model/status.js';
import { readStatus } from '../../src/protocol/observation.js';
import { parseStatus } from '../../src/slurm/status.js';
import { nodeLine } from '../slurm/rows.js';
import { calls, installStubs } from './slurm-stubs.js';
import { exchange, named, read, type Said, SHELLS, Site } from './site.js';

/** Prints two nodes, and keeps how it was called. */
const SINFO = (site: Site): string => {
  writeFileSync(join(site.root, 'nodes'), `${nodeLine('n1', 'idle')}\n${nodeLine('n2', 'drained*')}\n`);
  return `echo "$*" >>'${site.root}/slurm/sinfo.log'; env | grep ^SINFO_ >>'${site.root}/env'; cat '${site.root}/nodes'`;
};

function told(reply: Said): NonNullable<ReturnType<typeof readStatus>> {
  expect(reply).toMatchObject({ complete: true, errors: '' });
  const status = readStatus(reply.frames);
  if (!status) throw new Error('it told nothing');
  expect(Math.abs(status.takenAt - Date.now() / 1000)).toBeLessThan(60);
  return status;
}

describe.each(SHELLS.map((shell) => [shell.name] as const))('under %s', (shell) => {
  let site: Site;
  beforeEach(() => {
    site = new Site(named(shell));
    installStubs(site);
  });
  afterEach(() => {
    site.remove();
  });

  it('36: one sinfo tells the nodes, whatever the login has set for it', async () => {
    site.command('sinfo', SINFO(site));
    const env = { SINFO_FORMAT: '%n', SINFO_PARTITION: 'nonsense' };
    const { raw } = told(await site.say(exchange().call('status'), { env }));
    expect(parseStatus(raw)).toMatchObject({
      kind: 'answered',
      value: [
        { host: 'n1', kind: 'idle' },
        { host: 'n2', kind: 'drained', flags: ['not_responding'] },
      ],
    });
    expect(calls(site, 'sinfo')).toEqual([expect.stringMatching(/^-h -N -o %N.%R.%T./)]);
    expect(read(site.root, 'env')).toBe('');
    expect(site.files()).not.toContain('.sluice/inst');
  });

  it.each([
    ['fails', 'echo no controller >&2; exit 1', /^sinfo failed with code 1: no controller$/],
    ['prints rubbish', 'echo "<html>"', /no list of nodes: <html>/],
    ['prints nothing', ':', /names no node/],
    ['is killed', 'kill -9 $$', /^sinfo failed with code 137/],
  ])('that sinfo %s is told, and what comes behind it is done', async (_, body, why) => {
    site.command('sinfo', body);
    const reply = await site.say(exchange().call('status').call('settled'));
    expect(parseStatus(told(reply).raw)).toMatchObject({ kind: 'silent', why: expect.stringMatching(why) });
  });

  it('a sinfo that does not end is not waited for', async () => {
    site.command('timeout', 'shift; "$@" & sleep 0.2; kill $!; exit 124');
    site.command('sinfo', 'exec sleep 100');
    const status = parseStatus(told(await site.say(exchange().call('status'))).raw);
    expect(status).toEqual({ kind: 'silent', why: 'sinfo did not answer in time' });
  });

  it('this machine is one node, with what runs there of its queue', async () => {
    const run = async (slots: string): Promise<ReturnType<typeof totalsOf>> => {
      const options = { part: 'direct.sh', env: { SLUICE_DIRECT_SLOTS: slots } } as const;
      const { raw, takenAt } = told(await site.say(exchange().call('status'), options));
      const asked = direct.parseStatus(raw);
      if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked));
      expect(asked.value).toHaveLength(1);
      return totalsOf({ takenAt, nodes: asked.value });
    };
    expect(await run('4')).toMatchObject({
      ...{ nodes: 1, up: 1, states: { idle: 1 }, cpus: { allocated: 0, idle: 4, total: 4 } },
      ...{ load: expect.any(Number), memoryMiB: expect.any(Number) },
    });
    const at = join(site.claims, 'direct');
    mkdirSync(join(at, 'run/7'), { recursive: true });
    mkdirSync(join(at, 'jobs'), { recursive: true });
    writeFileSync(join(at, 'jobs/000000007'), 'a.1 1700000000 3 0\n');
    for (const name of ['start.1', 'start.2', 'end.1']) writeFileSync(join(at, 'run/7', name), '');
    expect(await run('4')).toMatchObject({ states: { mixed: 1 }, cpus: { allocated: 1, idle: 3 } });
    expect(await run('1')).toMatchObject({ states: { allocated: 1 }, cpus: { allocated: 1, idle: 0 } });
  });
});
