/** The doctor's half on the cluster: what it says, and that a job of its own leaves nothing behind. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calls, installStubs } from './slurm-stubs.js';
import { exchange, named, read, SHELLS, Site, until } from './site.js';

const NAME = 'sluice-probe-1790000000-abcdef';
const SCRIPT = `#!/bin/bash -l
echo "node here"
echo oops >&2
echo "0 0 1790000001 1 0" >"\${0%/*}/exit.0"
`;

describe.each(SHELLS.map((shell) => [shell.name] as const))('under %s', (shell) => {
  let site: Site;
  beforeEach(() => {
    site = new Site(named(shell));
  });
  afterEach(() => {
    site.remove();
  });

  it('tells room and quota', async () => {
    installStubs(site);
    site.command('quota', 'echo "  /dev/sda1 12* 10 20 none"; exit 1');
    const reply = await site.say(exchange().call('check'));
    expect(reply.complete).toBe(true);
    expect(reply.all('space')).toEqual([
      expect.stringMatching(/^claims_dir \d+ (\d+|-)$/),
      expect.stringMatching(/^work_dir \d+ (\d+|-)$/),
    ]);
    expect(reply.frames.find(({ kind }) => kind === 'quota')).toMatchObject({
      rest: '1',
      lines: ['  /dev/sda1 12* 10 20 none'],
    });
  });

  it('says so where a directory cannot be written, and df tells nothing', async () => {
    installStubs(site);
    site.command('df', 'exit 1');
    writeFileSync(join(site.home, 'file'), '');
    const reply = await site.say(exchange().call('check'), { workDir: '~/file/below' });
    expect(reply.all('check')).toContainEqual(expect.stringMatching(/^work_dir fail .*cannot be written/));
    expect(reply.all('space')).toEqual(['claims_dir - -']);
  });

  it('sends a job through Slurm, looks at it by its name, and takes it away', async () => {
    installStubs(site);
    const sent = await site.say(exchange().call('probe', NAME, SCRIPT, `--job-name=${NAME}`, '--time=1'));
    expect(sent.all('probing')).toEqual(['1']);
    expect(calls(site, 'sbatch')).toEqual([
      `--parsable --job-name=${NAME} --time=1 ${site.work}/${NAME}/.sluice/script`,
    ]);
    expect(read(site.work, NAME, '.sluice/script')).toBe(SCRIPT);
    site.command('squeue', `echo "1 PENDING n= (Nodes required)"`);
    const look = await site.say(exchange().call('probe_look', NAME, '-'));
    expect(look.all('probe')).toEqual(['1 PENDING n= (Nodes required)']);
    expect(look.all('left')).toEqual([]);
    site.command('squeue', 'exit 0');
    expect((await site.say(exchange().call('probe_look', NAME, '1'))).all('probe')).toEqual(['- GONE n= -']);
    site.command('squeue', 'echo no controller >&2; exit 1');
    expect((await site.say(exchange().call('probe_look', NAME, '1'))).all('probe')).toEqual([
      '- SILENT n= no controller',
    ]);
    expect((await site.say(exchange().call('probe_end', NAME, '1'))).all('probed')).toEqual(['']);
    expect(calls(site, 'scancel')[0]).toMatch(new RegExp(`--name=${NAME} 1$`));
    expect(readdirSync(site.work)).toEqual([]);
  });

  it('tells a refusal in its words', async () => {
    installStubs(site);
    writeFileSync(join(site.root, 'slurm/refuse'), 'Invalid account\n');
    const sent = await site.say(exchange().call('probe', NAME, SCRIPT));
    expect(sent.all('refused')).toEqual([`${NAME} 1`]);
    expect(sent.frames.find(({ kind }) => kind === 'refused')?.errors).toEqual(['Invalid account']);
  });

  it('sends one to this machine, and leaves no job and no file', async () => {
    const options = { part: 'direct.sh' } as const;
    const [work, logs] = [`${site.work}/${NAME}/work`, `${site.work}/${NAME}/logs`];
    const submission = [
      `--job-name=${NAME}`,
      `--output=${logs}/stdout`,
      `--error=${logs}/stderr`,
      `--chdir=${work}`,
    ];
    const sent = await site.say(exchange().call('probe', NAME, SCRIPT, ...submission), options);
    expect(sent.all('probing')).toEqual(['1']);
    const look = await until(async () => {
      const seen = await site.say(exchange().call('probe_look', NAME, '1'), options);
      return seen.all('left').length > 0 && seen.all('probe')[0]?.startsWith('1 COMPLETED') === true
        ? seen
        : undefined;
    });
    expect(look.frames.find(({ kind }) => kind === 'said')).toMatchObject({
      lines: ['node here'],
      errors: ['oops'],
    });
    await site.say(exchange().call('probe_end', NAME, '1'), options);
    expect(existsSync(join(site.work, NAME))).toBe(false);
    const direct = join(site.claims, 'direct');
    await until(() =>
      readdirSync(direct).some((name) => name.startsWith('lock') && read(direct, name) === 'free\n'),
    );
    for (const folder of ['jobs', 'ended', 'run']) expect(readdirSync(join(direct, folder))).toEqual([]);
  });

  it('sweeps what a killed process left a day ago, and touches nothing else', async () => {
    installStubs(site);
    const now = Math.floor(Date.now() / 1000);
    const names = ['sluice-probe-1000-a', `sluice-probe-${now}-b`, 'sluice-probe-x-c', 'mine'];
    for (const name of names) mkdirSync(join(site.work, name, 'deep'), { recursive: true });
    await site.say(exchange().call('probe', `sluice-probe-${now}-d`, SCRIPT));
    expect(readdirSync(site.work).sort()).toEqual([...names.slice(1), `sluice-probe-${now}-d`].sort());
    for (const name of ['mine', 'sluice-probe-', 'sluice-probe-../mine', '', '../x'])
      await site.say(exchange().call('probe_end', name, '1'));
    expect(existsSync(join(site.work, 'mine/deep'))).toBe(true);
    expect(calls(site, 'sbatch')).toHaveLength(1);
  });
});
