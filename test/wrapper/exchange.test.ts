import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { attempt, DASH, exchange, pack, program, read, SHELLS, Site } from './site.js';
import { calls, installStubs, jobNames } from './slurm-stubs.js';

let site: Site;
afterEach(() => {
  site.remove();
});

function stubbed(shell = DASH): Site {
  site = new Site(shell);
  installStubs(site);
  return site;
}

/** Claims, places and submits these tokens in one exchange. */
async function submitAll(tokens: readonly string[], nonce = 'n1') {
  const all = exchange();
  for (const token of tokens) all.call('claim', token, site.claim(token, nonce));
  all.call('claims').call('place');
  all.together(
    'submit',
    tokens.map((token) => [token, `--job-name=${token}`, '--time=5']),
  );
  return site.say(all, {
    payload: pack(Object.assign({}, ...tokens.map((token) => attempt(token))) as Record<string, string>),
  });
}

describe.each(SHELLS)('an exchange under $name', (shell) => {
  it('claims, places, submits and observes in the order that matters', async () => {
    stubbed(shell);
    const reply = await submitAll(['a.1', 'b.1']);
    expect(reply.errors).toBe('');
    expect(reply.complete).toBe(true);
    // Two submissions are in flight at once: which of them is first is the controller's to say.
    const ids = new Map(reply.all('submitted').map((said) => said.split(' ') as [string, string]));
    const [a = '', b = ''] = [ids.get('a.1'), ids.get('b.1')];
    expect([a, b].sort()).toEqual(['1', '2']);
    expect(reply.frames.map((frame) => frame.kind).slice(8)).toEqual([
      ...['claimed', 'claimed', 'ready', 'placed', 'placed', 'submitted', 'submitted', 'bye'],
    ]);
    expect(reply.all('claims')).toEqual([site.claims]);
    expect(reply.all('mark')).toEqual(['-']);
    expect(read(site.inst('jobs', 'a.1'))).toBe(`${a}\n`);
    expect(calls(site, 'sbatch')).toContain(
      `--parsable --job-name=a.1 --time=5 ${site.job('a.1', '.sluice/script')}`,
    );
    expect(readdirSync(site.inst('tmp'))).toEqual([]);
    expect(readdirSync(join(site.work, '.staging'))).toEqual([]);

    const seen = await site.say(exchange().call('observe', '1'), { delivery: 'present' });
    expect(seen.errors).toBe('');
    expect(seen.all('claim')).toEqual([
      expect.stringMatching(new RegExp(`^a\\.1 n1 1 - (alive|dead|unknown):\\d+ ${a} - -$`)),
      expect.stringMatching(new RegExp(`^b\\.1 n1 1 - (alive|dead|unknown):\\d+ ${b} - -$`)),
    ]);
    expect(seen.frames.find((frame) => frame.kind === 'queue')?.lines).toEqual([
      `1\x1fRUNNING\x1fNone\x1f1700000000\x1f${a === '1' ? 'a.1' : 'b.1'}`,
      `2\x1fRUNNING\x1fNone\x1f1700000000\x1f${a === '1' ? 'b.1' : 'a.1'}`,
    ]);
    expect(seen.all('accounting')).toEqual(['none']);
  });

  it('calls no interpreter, compiler, or program of the network', async () => {
    stubbed(shell);
    const others = 'python python2 python3 perl ruby node java gcc cc make git curl wget ssh scp rsync nc';
    for (const name of others.split(' '))
      site.command(name, `echo ${name} >>'${join(site.root, 'called')}'; exit 127`);
    expect((await submitAll(['a.1'])).all('submitted')).toHaveLength(1);
    await site.say(exchange().call('observe', '1').call('recall'));
    writeFileSync(site.job('a.1', 'work/result'), '42');
    const sent = await site.say(exchange().call('collect', 'a.1', 'result').call('stream'), { bulk: true });
    expect(sent.stream.length).toBeGreaterThan(0);
    expect((await site.say(exchange().call('check').call('status'))).complete).toBe(true);
    expect(existsSync(join(site.root, 'called'))).toBe(false);
  });

  it('says what the owner and exit marks say, once the queue does not show the job as live', async () => {
    stubbed(shell);
    await submitAll(['a.1']);
    writeFileSync(site.job('a.1', '.sluice/owner'), 'job 1 0 xyz\n');
    writeFileSync(site.job('a.1', '.sluice/exit.0'), '3 2 1700000001 1 0\n');
    expect((await site.say(exchange().call('observe', '1'))).all('exit')).toEqual([]);
    writeFileSync(join(site.root, 'slurm/1/purged'), '');
    const seen = await site.say(exchange().call('observe', '1'));
    expect(seen.all('claim')[0]).toMatch(/ 1 job:1:0 -$/);
    expect(seen.all('exit')).toEqual(['a.1 0 3 2 1700000001 1 0']);
    expect(seen.frames.find((frame) => frame.kind === 'accounting')?.lines).toEqual(['accounted']);
    expect(calls(site, 'sacct')[0]).toContain('-j 1');
  });

  it('keeps the words of a refusal', async () => {
    stubbed(shell);
    writeFileSync(
      join(site.root, 'slurm/refuse'),
      'sbatch: error: Batch job submission failed: Invalid account\n',
    );
    const reply = await submitAll(['a.1']);
    const refused = reply.frames.find((frame) => frame.kind === 'refused');
    expect(refused).toMatchObject({ rest: 'a.1 1' });
    expect(refused?.errors.join()).toContain('Invalid account');
    const seen = await site.say(exchange().call('observe', '1'));
    expect(seen.all('claim')[0]).toContain(' refused:1 ');
    expect(seen.frames.find((frame) => frame.kind === 'refusal')?.lines.join()).toContain('Invalid account');
  });

  it('fences what was refused before it says so, and follows a job that owns it all the same', async () => {
    stubbed(shell);
    site.command('sync', `echo x >>'${site.root}/syncs'`);
    writeFileSync(join(site.root, 'slurm/refuse'), 'sbatch: error: Invalid account\n');
    const tokens = Array.from({ length: 10 }, (_, index) => `r.${index}`);
    expect((await submitAll(tokens)).all('refused')).toHaveLength(10);
    for (const token of tokens) expect(read(site.job(token, '.sluice/owner'))).toMatch(/^fence /);
    expect(read(site.root, 'syncs').split('\n').length).toBeLessThan(5);
    const syncs = (): number => read(site.root, 'syncs').split('\n').length;
    const before = syncs();
    unlinkSync(join(site.root, 'slurm/refuse'));
    writeFileSync(join(site.root, 'slurm/silent'), '');
    expect((await submitAll(['u.1'])).all('unknown')).toHaveLength(1);
    expect(syncs() - before).toBe(2); // for the claims: what may have been heard has no fence
    unlinkSync(join(site.root, 'slurm/silent'));

    site.command(
      'sbatch',
      `for word; do script=$word; done; echo 'job 7 0 x' >"\${script%/*}/owner"; echo "sbatch: error: Invalid account" >&2; exit 1`,
    );
    const reply = await submitAll(['o.1']);
    expect([reply.all('owned'), reply.all('refused')]).toEqual([['o.1 job:7:0'], []]);
    expect(read(site.inst('jobs/o.1'))).toBe('7\n');
  });

  it('asks for the end of a job whose id only its owner mark has', async () => {
    stubbed(shell);
    await submitAll(['a.1', 'b.1']);
    const id = jobNames(site).length === 2 ? read(site.inst('jobs/a.1')).trim() : '';
    unlinkSync(site.inst('jobs/a.1'));
    writeFileSync(site.job('a.1', '.sluice/owner'), `job ${id} 0 xyz\n`);
    writeFileSync(site.job('a.1', '.sluice/exit.0'), `3 2 1700000001 ${id} 0\n`);
    writeFileSync(join(site.root, 'slurm', id, 'purged'), '');
    const seen = await site.say(exchange().call('observe', '1', '0'));
    expect(seen.errors).toBe('');
    expect(seen.all('exit')).toEqual([`a.1 0 3 2 1700000001 ${id} 0`]);
    expect(calls(site, 'sacct')).toEqual([expect.stringMatching(new RegExp(`-j ${id}$`))]);
  });

  it('keeps the id of a job that the queue shows and nobody wrote down, where it may write', async () => {
    stubbed(shell);
    await submitAll(['a.1']);
    unlinkSync(site.inst('jobs/a.1'));
    await site.say(exchange().call('observe', '1', '0'));
    expect(existsSync(site.inst('jobs/a.1'))).toBe(false);
    writeFileSync(site.inst('jobs/a.1'), '9'); // cut: it says nothing
    await site.say(exchange().call('observe', '1', '1'));
    expect(read(site.inst('jobs/a.1'))).toBe('1\n');
  });

  it('cleans only what is named after the token, wherever it was placed', async () => {
    stubbed(shell);
    const elsewhere = join(site.root, 'before/a.1');
    for (const folder of [elsewhere, site.job('a.1'), site.job('b.1')])
      mkdirSync(folder, { recursive: true });
    const all = exchange().call('clean', 'a.1', elsewhere);
    for (const wrong of [
      site.job('b.1'),
      site.work,
      '/',
      '',
      'a.1',
      `${site.work}/b.1/../a.1`,
      `${site.work}//a.1`,
    ])
      all.call('clean', 'a.1', wrong);
    expect((await site.say(all)).all('cleaned')).toEqual(['a.1']);
    expect([elsewhere, site.job('a.1'), site.job('b.1')].map((each) => existsSync(each))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('submits nothing of what was fenced before its turn came', async () => {
    stubbed(shell);
    const staged = exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place');
    await site.say(staged, { payload: pack(attempt('a.1')) });
    expect((await site.say(exchange().call('fence', 'a.1'))).all('fenced')).toEqual(['a.1']);
    site.command('sbatch', `touch '${site.root}/submitted'; echo 7`);
    const late = exchange()
      .call('hold', 'a.1')
      .together('submit', [['a.1', '--job-name=a.1']]);
    const reply = await site.say(late);
    expect(reply.all('follows')).toEqual(['a.1']);
    expect(existsSync(join(site.root, 'submitted'))).toBe(false);
  });

  it('leaves open what an unreadable answer meant, and does not submit again', async () => {
    stubbed(shell);
    writeFileSync(join(site.root, 'slurm/silent'), '');
    expect((await submitAll(['a.1'])).all('unknown')).toEqual(['a.1 0']);
    const again = await site.say(
      exchange()
        .call('hold', 'a.1')
        .together('submit', [['a.1', '--job-name=a.1']]),
    );
    expect(again.all('follows')).toEqual(['a.1']);
    expect(calls(site, 'sbatch')).toHaveLength(1);
  });

  it('settles into the ledger, which is recalled with what still lives', async () => {
    stubbed(shell);
    await submitAll(['a.1', 'b.1']);
    const settling = exchange()
      .call('mark', '7')
      .call('settle', 'a.1', `1 {"token":"a.1","name":"it's \\ a \\n %s"}`)
      .call('settled')
      .call('clean', 'a.1', site.job('a.1'));
    const settled = await site.say(settling.call('clean', 'b.1', site.job('b.1')));
    expect(settled.errors).toBe('');
    expect(settled.all('settled')).toEqual(['a.1']);
    expect(settled.all('cleaned')).toEqual(['a.1']);
    expect(existsSync(site.job('a.1'))).toBe(false);
    expect(existsSync(site.job('b.1'))).toBe(true);
    const recalled = await site.say(exchange().call('recall'));
    expect(recalled.all('mark')).toEqual(['7']);
    expect(recalled.all('recall')).toEqual(['b.1']);
    expect(
      recalled.frames
        .find((frame) => frame.kind === 'recall')
        ?.lines.join('\n')
        .trim(),
    ).toBe(site.claim('b.1', 'n1').trim());
    expect(recalled.frames.find((frame) => frame.kind === 'ledger')?.lines).toEqual([
      `1 {"token":"a.1","name":"it's \\ a \\n %s"}`,
    ]);
    expect(
      (await site.say(exchange().call('mark', '6').call('settle', 'b.1', 'x').call('settled'))).all('stale'),
    ).toEqual(['7']);
    expect(existsSync(site.inst('claims/b.1'))).toBe(true);
  });

  it('reads its frames through noise, and takes the environment that would beat our options away', async () => {
    stubbed(shell);
    site.command('sbatch', 'env | grep -c "^S[A-Z]*_" ; echo noise >&2');
    const all = exchange()
      .call('claim', 'a.1', site.claim('a.1'))
      .call('claims')
      .call('place')
      .together('submit', [['a.1', '--job-name=a.1']]);
    const reply = await site.say(all, {
      profile: 'echo "Welcome to @site hello 1"; printf "no newline at the end"; echo problems >&2\n',
      payload: pack(attempt('a.1')),
      env: { SBATCH_PARTITION: 'wrong', SLURM_CLUSTERS: 'other', SQUEUE_FORMAT: '%i' },
    });
    expect(reply.complete).toBe(true);
    expect(reply.all('hello')).toEqual(['1']);
    expect(reply.all('submitted')).toEqual(['a.1 0']);
  });

  it('reads parts of a log', async () => {
    stubbed(shell);
    await submitAll(['a.1']);
    appendFileSync(site.job('a.1', 'logs/stdout'), 'one\ntwo\n\nfour, no newline');
    const tail = (
      await site.say(
        exchange().call('tail', 'a.1', 'stdout', '4', '100').call('tail', 'a.1', '../work', '0', '9'),
      )
    ).frames;
    expect(tail.filter((frame) => frame.kind === 'tail')).toMatchObject([
      { rest: '25', lines: ['two', '', 'four, no newline'] },
    ]);
  });

  it('expands ~ and one variable, and names one that is not set', async () => {
    stubbed(shell);
    const scratch = join(site.root, 'scr atch');
    mkdirSync(scratch);
    const there = await site.say(exchange(), { workDir: '$SCRATCH/sluice', env: { SCRATCH: scratch } });
    expect(there.all('work')).toEqual([join(scratch, 'sluice')]);
    const gone = await site.say(exchange(), { workDir: '$NOWHERE/sluice' });
    expect(gone.complete).toBe(false);
    expect(gone.all('fault')).toEqual([expect.stringContaining('$NOWHERE is not set')]);
  });

  it('says missing when the wrapper went away, and keeps it under its digest', async () => {
    stubbed(shell);
    const missing = await site.say(exchange().call('recall'), { delivery: 'present' });
    expect(missing.frames.map((frame) => frame.kind)).toEqual(['missing']);
    expect(site.files()).toEqual([]);
    expect((await site.say(exchange().call('recall'))).all('installed')).toEqual(['']);
    const { digest, text } = program('slurm.sh');
    expect(readFileSync(join(site.claims, 'wrapper', digest), 'utf8')).toBe(text);
    expect((await site.say(exchange().call('recall'), { delivery: 'present' })).complete).toBe(true);
  });

  it('writes nothing when it looks only', async () => {
    stubbed(shell);
    const seen = await site.say(exchange().call('observe', '1').call('recall'), { delivery: 'inline' });
    expect(seen.complete).toBe(true);
    expect(site.files()).toEqual([]);
  });

  it('cancels by id and token, fences what no job owns, and names the owner where one does', async () => {
    stubbed(shell);
    await submitAll(['a.1', 'b.1']);
    writeFileSync(site.job('a.1', '.sluice/owner'), 'job 1 0 xyz\n');
    const reply = await site.say(
      exchange().call('cancel', 'a.1', '1').call('fence', 'a.1').call('fence', 'b.1').call('fence', 'c.1'),
    );
    expect(reply.all('cancelled')).toEqual(['a.1 0']);
    expect(calls(site, 'scancel')[0]).toMatch(/--name=a\.1 1$/);
    expect(reply.all('owned')).toEqual(['a.1 job:1:0']);
    expect(reply.all('fenced')).toEqual(['b.1', 'c.1']);
  });

  it('places nothing of a payload that was cut', async () => {
    stubbed(shell);
    const whole = pack(
      attempt('a.1', '#!/bin/sh\n', { 'work/data': 'x'.repeat(100_000) + Math.random().toString() }),
    );
    const all = exchange()
      .call('claim', 'a.1', site.claim('a.1'))
      .call('claims')
      .call('place')
      .together('submit', [['a.1', '--job-name=a.1']]);
    const reply = await site.say(all, { payload: whole.subarray(0, whole.length - 40) });
    expect(reply.all('fault')[0]).toContain('did not arrive whole');
    expect(existsSync(site.job('a.1'))).toBe(false);
    expect(jobNames(site)).toEqual([]);
  });
});

describe('a wrapper with many jobs', () => {
  it('asks for the ends of many jobs in a few bounded questions', { timeout: 60_000 }, async () => {
    stubbed();
    await submitAll(['a.1']);
    for (let id = 100_001; id <= 112_000; id += 1) writeFileSync(site.inst(`jobs/t${id}.1`), `${id}\n`);
    const seen = await site.say(exchange().call('observe', '1', '0'));
    expect(seen.errors).toBe('');
    const asked = calls(site, 'sacct').map((call) => (/-j (\S+)$/.exec(call)?.[1] ?? '').split(','));
    expect(asked.map((ids) => ids.length)).toEqual([5000, 5000, 2000]);
    expect(new Set(asked.flat()).size).toBe(12_000);
    expect(Math.max(...asked.map((ids) => ids.join(',').length))).toBeLessThan(100_000);
    expect(calls(site, 'squeue')).toHaveLength(1);
  });
});

describe('a doctor', () => {
  it('names what is there', async () => {
    stubbed();
    const reply = await site.say(exchange().call('check'));
    expect(reply.all('check')).toEqual(
      expect.arrayContaining(['slurm ok slurm 24.05', 'controller ok answers']),
    );
    expect(reply.all('check').filter((line) => line.includes(' fail '))).toEqual([]);
  });
});
