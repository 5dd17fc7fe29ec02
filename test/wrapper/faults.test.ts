/** What a cut line, a rival and a kill at any moment may not do. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readClaims } from '../../src/protocol/observation.js';
import { attempt, DASH, exchange, pack, read, type Said, SHELLS, Site, until } from './site.js';
import { calls, installStubs, jobNames } from './slurm-stubs.js';

let site: Site;
afterEach(() => {
  site.remove();
});

function stubbed(shell = DASH, sbatchDelay = ''): Site {
  site = new Site(shell);
  installStubs(site, sbatchDelay);
  return site;
}

const whole = (token: string, nonce: string) =>
  exchange()
    .call('claim', token, site.claim(token, nonce))
    .call('claims')
    .call('place')
    .together('submit', [[token, `--job-name=${token}`]]);

async function claimedAndPlaced(token: string): Promise<void> {
  const all = exchange().call('claim', token, site.claim(token, 'n0')).call('claims').call('place');
  expect((await site.say(all, { payload: pack(attempt(token)) })).all('placed')).toEqual([token]);
}

const inParallel = (count: number, one: (index: number) => Promise<Said>): Promise<Said[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

describe.each(SHELLS)('a cut stream under $name', (shell) => {
  it('runs nothing', { timeout: 120_000 }, async () => {
    stubbed(shell);
    const full = site.script(whole('a.1', 'n1'), { delivery: 'install' }, 'nonce').length;
    // Everywhere in the last words, and now and then in the wrapper before them.
    const cuts = Array.from({ length: 30 }, (_, index) => full - 2 - index * 3).concat(
      Array.from({ length: 60 }, (_, index) => Math.floor((full * index) / 60)),
    );
    // Up to the last line's end, `sluice_exchange` stands as a word that is complete only with its `;`.
    for (const cutAt of cuts.filter((cut) => cut < full - '; exit\n'.length)) {
      const reply = await site.say(whole('a.1', 'n1'), { cutAt, nonce: 'nonce', payload: Buffer.alloc(0) });
      expect([cutAt, reply.frames, site.files()]).toEqual([cutAt, [], []]);
    }
  });
});

describe('rivals', () => {
  it('twenty claimers: one wins, the others follow it', { timeout: 60_000 }, async () => {
    stubbed();
    const replies = await inParallel(20, (index) =>
      site.say(
        exchange()
          .call('claim', 'a.1', site.claim('a.1', `n${index}`))
          .call('claims'),
      ),
    );
    const winners = replies.flatMap((reply, index) => (reply.all('claimed').length > 0 ? [`n${index}`] : []));
    expect(winners).toHaveLength(1);
    expect(read(site.inst('claims/a.1'))).toContain(`sluice-claim 1 ${winners[0] ?? ''}\n`);
    expect(new Set(replies.flatMap((reply) => reply.all('follows')))).toEqual(
      new Set([`a.1 ${winners[0] ?? ''}`]),
    );
  });

  it.each(SHELLS)(
    'what the ledger has is not claimed again under $name',
    { timeout: 60_000 },
    async (shell) => {
      stubbed(shell);
      await claimedAndPlaced('a.1');
      // A line that speaks of another attempt in its text is no line of that attempt.
      const line = (token: string): string => `1 ${JSON.stringify({ token, message: '1 {"token":"b.1"' })}`;
      const settling = exchange().call('settle', 'a.1', line('a.1')).call('settle', 'a.10', line('a.10'));
      expect((await site.say(settling.call('settled'))).all('settled')).toEqual(['a.1', 'a.10']);
      const again = exchange()
        .call('claim', 'a.1', site.claim('a.1', 'late'))
        .call('claim', 'b.1', site.claim('b.1', 'late'))
        .call('claims')
        .together('submit', [['a.1', '--job-name=a.1']]);
      const reply = await site.say(again);
      expect([reply.all('over'), reply.all('claimed')]).toEqual([['a.1'], ['b.1']]);
      expect(existsSync(site.inst('claims/a.1'))).toBe(false);
      expect(calls(site, 'sbatch')).toHaveLength(0);
    },
  );

  it.each(SHELLS)('twenty submitters under $name: sbatch runs once', { timeout: 60_000 }, async (shell) => {
    stubbed(shell, 'sleep 0.2');
    await claimedAndPlaced('a.1');
    const replies = await inParallel(20, () =>
      site.say(
        exchange()
          .call('hold', 'a.1')
          .together('submit', [['a.1', '--job-name=a.1']]),
      ),
    );
    expect(replies.flatMap((reply) => reply.all('submitted'))).toEqual(['a.1 1']);
    expect(replies.flatMap((reply) => reply.all('follows'))).toHaveLength(19);
    expect(calls(site, 'sbatch')).toHaveLength(1);
  });

  it(
    'a fence and a job that starts: one of them owns the attempt, and both say so',
    { timeout: 60_000 },
    async () => {
      stubbed();
      for (let round = 0; round < 8; round += 1) {
        const token = `a.${round}`;
        await claimedAndPlaced(token);
        const marks = site.job(token, '.sluice');
        site.command(
          'job',
          `cd '${marks}' && echo 'job 7 0 x' >mine && ln mine owner 2>/dev/null; cat owner`,
        );
        const [fence, , job] = await Promise.all([
          site.say(exchange().call('fence', token)),
          site.say(exchange().call('fence', token)),
          import('node:child_process').then(({ spawnSync }) =>
            spawnSync(join(site.bin, 'job'), { encoding: 'utf8' }),
          ),
        ]);
        const fenced = fence.all('fenced').length > 0;
        expect(fence.all('owned')).toEqual(fenced ? [] : [`${token} job:7:0`]);
        expect(job.stdout).toMatch(fenced ? /^fence / : /^job 7 0 x\n$/);
      }
    },
  );
});

describe.each(SHELLS)('killed at any moment under $name', (shell) => {
  it('submits once in the end', { timeout: 240_000 }, async () => {
    stubbed(shell);
    let submitted = 0;
    for (let round = 0; round < 14; round += 1) {
      const token = `a.${round}`;
      const payload = pack(attempt(token));
      const started = Date.now();
      await site.say(whole(token, 'n1'), {
        payload,
        onStart: (child) => setTimeout(() => child.kill('SIGKILL'), 5 + round * 12),
      });
      expect(Date.now() - started).toBeLessThan(60_000);
      await finish(token, payload);
      const made = jobNames(site).filter((name) => name === token).length;
      expect(made).toBeLessThanOrEqual(1);
      submitted += made;
    }
    expect(submitted).toBeGreaterThan(0);
    expect(calls(site, 'sbatch').length).toBe(submitted);
  });

  /** What the next pass does: looks, then goes on from what stands there. */
  async function finish(token: string, payload: Buffer): Promise<void> {
    const seen = await site.say(exchange().call('observe', '0'), { delivery: 'install' });
    const claim = seen.all('claim').find((line) => line.startsWith(`${token} `));
    if (claim === undefined) {
      expect((await site.say(whole(token, 'n2'), { payload })).all('submitted')).toHaveLength(1);
      return;
    }
    const [, , placed, , ticket, job] = claim.split(' ');
    if (job !== '-') return;
    if (ticket !== '-') {
      // Its maker is gone and no id came: the controller is asked by token, and else the fence ends it.
      await until(() => read(site.inst('tickets', token)) !== '');
      const names = seen.frames.find((frame) => frame.kind === 'queue')?.lines ?? [];
      if (!names.some((line) => line.endsWith(`\x1f${token}`))) {
        expect((await site.say(exchange().call('fence', token))).all('fenced')).toEqual([token]);
      }
      return;
    }
    const on = exchange().call('hold', token);
    if (placed === '0') on.call('place');
    const reply = await site.say(
      on.together('submit', [[token, `--job-name=${token}`]]),
      placed === '0' ? { payload } : {},
    );
    expect(reply.all('submitted')).toHaveLength(1);
  }
});

describe.each(SHELLS)('a batch that is longer than its lanes, under $name', (shell) => {
  const TOKENS = Array.from({ length: 6 }, (_, index) => `a.${index}`);
  const batch = () => {
    const all = exchange();
    for (const token of TOKENS) all.call('claim', token, site.claim(token));
    return all
      .call('claims')
      .call('place')
      .together(
        'submit',
        TOKENS.map((token) => [token, `--job-name=${token}`]),
      );
  };
  const payload = () =>
    pack(Object.assign({}, ...TOKENS.map((token) => attempt(token))) as Record<string, string>);
  const tickets = async () => {
    const seen = readClaims((await site.say(exchange().call('observe', '0'))).frames);
    return TOKENS.map((token) => seen.get(token)?.ticket ?? { kind: 'absent' as const });
  };
  const begun = () => until(() => calls(site, 'sbatch').length >= 4);

  it('tells whose turn has not come, and submits none of these behind a fence', async () => {
    stubbed(shell, 'while [ ! -e go ]; do sleep 0.05; done');
    const submitting = site.say(batch(), { payload: payload() });
    await begun();
    const standing = await tickets();
    expect(standing.map(({ kind }) => kind).sort()).toEqual([
      ...['made', 'made', 'made', 'made'],
      ...['waiting', 'waiting'],
    ]);
    expect(standing.every((each) => each.kind !== 'absent' && each.maker === 'alive')).toBe(true);
    const token = TOKENS[standing.findIndex(({ kind }) => kind === 'waiting')] ?? '';
    expect((await site.say(exchange().call('fence', token))).all('fenced')).toEqual([token]);
    writeFileSync(join(site.root, 'slurm/go'), '');
    const reply = await submitting;
    expect(reply.all('follows')).toEqual([token]);
    expect(reply.all('submitted')).toHaveLength(5);
    expect(calls(site, 'sbatch').join()).not.toContain(`--job-name=${token} `);
  });

  it('counts the age of a ticket from its turn on', async () => {
    stubbed(shell);
    await claimedAndPlaced('a.0');
    const at = Math.floor(Date.now() / 1000);
    const lines: readonly (readonly [string, RegExp])[] = [
      [`n elsewhere 1 - ${at - 500}\n`, /^waiting:unknown:50\d$/],
      [`n elsewhere 1 - ${at - 500}\nbegan ${at - 100}\n`, /^unknown:10\d$/],
      [`n elsewhere 1 - ${at - 500}\nbegan 17`, /^unknown:50\d$/],
      [`n elsewhere 1 - ${at - 500}\nbeg`, /^unknown:50\d$/],
    ];
    for (const [text, word] of lines) {
      writeFileSync(site.inst('tickets/a.0'), text);
      const [claim = ''] = (await site.say(exchange().call('observe', '0'))).all('claim');
      expect(claim.split(' ')[4]).toMatch(word);
    }
  });

  it('killed: those whose turn never came are told from those that sbatch may still submit', async () => {
    stubbed(shell, 'while [ ! -e go ]; do sleep 0.05; done');
    let kill = (): unknown => undefined;
    const submitting = site
      .say(batch(), { payload: payload(), onStart: (child) => (kill = () => child.kill('SIGKILL')) })
      .catch(() => undefined);
    await begun();
    kill();
    const standing = await until(async () => {
      const all = await tickets();
      return all.every((each) => each.kind !== 'absent' && each.maker === 'dead') ? all : undefined;
    });
    writeFileSync(join(site.root, 'slurm/go'), '');
    await submitting;
    expect(standing.filter(({ kind }) => kind === 'waiting')).toHaveLength(2);
    for (const [index, { kind }] of standing.entries()) {
      const asked = calls(site, 'sbatch').some((line) => line.includes(`--job-name=a.${index} `));
      expect([index, asked]).toEqual([index, kind === 'made']);
    }
  });
});

describe('a site in trouble', () => {
  it('says that the controller could not be asked', async () => {
    stubbed();
    await site.say(whole('a.1', 'n1'), { payload: pack(attempt('a.1')) });
    writeFileSync(join(site.root, 'slurm/squeue.down'), '');
    const seen = await site.say(exchange().call('observe', '1'));
    expect(seen.complete).toBe(true);
    expect(seen.frames.find((frame) => frame.kind === 'queue')).toMatchObject({ rest: '1', lines: [] });
    expect(seen.frames.find((frame) => frame.kind === 'queue')?.errors.join()).toContain('Unable to contact');
    expect(seen.all('accounting')).toEqual(['none']);
  });

  it('goes on to its end when nobody listens any more', { timeout: 60_000 }, async () => {
    stubbed(DASH, 'sleep 0.5');
    const payload = pack({ ...attempt('a.1'), ...attempt('b.1') });
    const all = exchange()
      .call('claim', 'a.1', site.claim('a.1'))
      .call('claim', 'b.1', site.claim('b.1'))
      .call('claims')
      .call('place');
    void site
      .say(
        all.together('submit', [
          ['a.1', '--job-name=a.1'],
          ['b.1', '--job-name=b.1'],
        ]),
        {
          payload,
          onStart: (child) => {
            void until(() => calls(site, 'sbatch').length > 0).then(() => child.stdout.destroy());
          },
        },
      )
      .catch(() => undefined);
    await until(() => existsSync(site.inst('jobs/a.1')) && existsSync(site.inst('jobs/b.1')));
    expect(jobNames(site).sort()).toEqual(['a.1', 'b.1']);
    await until(() => readdirSync(site.inst('tmp')).length === 0);
  });
});
