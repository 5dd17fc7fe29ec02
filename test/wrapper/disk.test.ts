/** Disks that are full, fail, or forget: nothing half-written counts. Modes, and what killed exchanges leave behind. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/protocol/script.js';
import { attempt, exchange, pack, program, read, SHELLS, Site } from './site.js';
import { calls, installStubs } from './slurm-stubs.js';

let site: Site;
afterEach(() => {
  site.remove();
});

function stubbed(shell: (typeof SHELLS)[number]): void {
  site = new Site(shell);
  installStubs(site);
}

const MOUNTS =
  spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], { stdio: 'ignore' })
    .status === 0;

/** The installation's folder is a file system of its own with so much room, for as long as one exchange runs. */
function within(kilobytes: number): { through: string[] } {
  mkdirSync(site.inst(), { recursive: true });
  const mount = `mount -t tmpfs -o size=${kilobytes}k none "$0" && exec "$@"`;
  return { through: ['unshare', '-m', 'sh', '-c', mount, site.inst()] };
}

const large = 'x'.repeat(100_000);
const whole = (token: string, text = site.claim(token)): Exchange =>
  exchange()
    .call('claim', token, text)
    .call('claims')
    .call('place')
    .together('submit', [[token, `--job-name=${token}`]]);
const payload = (...tokens: readonly string[]): Buffer =>
  pack(Object.assign({}, ...tokens.map((token) => attempt(token))) as Record<string, string>);

describe.each(SHELLS)('under $name', (shell) => {
  describe.skipIf(!MOUNTS)('a full disk (needs the right to mount)', () => {
    it('takes no claim that it cannot hold whole, and takes the others', async () => {
      stubbed(shell);
      const all = exchange()
        .call('claim', 'a.1', site.claim('a.1'))
        .call('claim', 'b.1', site.claim('b.1').replace('{}', large))
        .call('claims')
        .call('place')
        .together('submit', [
          ['a.1', '--job-name=a.1'],
          ['b.1', '--job-name=b.1'],
        ])
        .call('observe', '0');
      const reply = await site.say(all, { payload: payload('a.1', 'b.1'), ...within(64) });
      expect(reply.all('unclaimed')).toEqual([expect.stringMatching(/^b\.1 .*No space left/)]);
      expect([reply.all('claimed'), reply.all('placed')]).toEqual([['a.1'], ['a.1']]);
      expect(reply.all('claim').map((line) => line.split(' ')[0])).toEqual(['a.1']);
      expect(reply.all('submitted')).toEqual(['a.1 1']);
      expect(calls(site, 'sbatch')).toHaveLength(1);
    });

    it('takes no ticket, so that nothing is submitted', async () => {
      stubbed(shell);
      site.command(
        'mv',
        `[ "$1" != -- ] || head -c 1000000 /dev/zero >'${site.inst('fill')}' 2>/dev/null; exec /bin/mv "$@"`,
      );
      const reply = await site.say(whole('a.1'), { payload: payload('a.1'), ...within(64) });
      expect(reply.all('placed')).toEqual(['a.1']);
      expect(reply.all('fault')).toEqual([expect.stringMatching(/^submit .*a\.1.*No space left/)]);
      expect(calls(site, 'sbatch')).toEqual([]);
    });

    it('takes no line of the ledger, so that the claims stay', async () => {
      stubbed(shell);
      const all = exchange()
        .call('claim', 'a.1', site.claim('a.1'))
        .call('claim', 'b.1', site.claim('b.1'))
        .call('claims');
      const line = (token: string, text = ''): string => `1 ${JSON.stringify({ token, text })}`;
      all.call('settle', 'a.1', line('a.1', large)).call('settle', 'b.1', line('b.1')).call('settled');
      const reply = await site.say(all.call('observe', '0').call('recall'), within(64));
      expect(reply.all('fault')).toEqual([expect.stringMatching(/^settled the ledger cannot be written/)]);
      expect(reply.all('settled')).toEqual([]);
      expect(reply.all('claim')).toHaveLength(2);
      expect(reply.frames.find(({ kind }) => kind === 'ledger')?.lines).toEqual([]);
    });

    it('without any room says so with the disk’s words', async () => {
      stubbed(shell);
      const options = { payload: payload('a.1'), ...within(64) };
      const profile = `head -c 1000000 /dev/zero >'${site.inst('fill')}' 2>/dev/null\n`;
      const reply = await site.say(exchange().call('mark', '3').call('claim', 'a.1', site.claim('a.1')), {
        ...options,
        profile,
      });
      expect(reply.complete).toBe(false);
      expect(reply.all('fault')).toEqual([expect.stringMatching(/^mark .*No space left/)]);
    });
  });

  it('a sync that fails takes claims and ledger along: nothing goes on', async () => {
    stubbed(shell);
    const failing = 'echo "sync: error syncing: Input/output error" >&2; exit 1';
    site.command('sync', failing);
    const reply = await site.say(whole('a.1'), { payload: payload('a.1') });
    expect(reply.all('fault')).toEqual([expect.stringMatching(/^claims .*Input\/output error/)]);
    expect([reply.all('claimed'), reply.all('ready')]).toEqual([[], []]);
    site.command('sync', 'exit 0');
    expect((await site.say(whole('a.1'), { payload: payload('a.1') })).all('submitted')).toEqual(['a.1 1']);
    site.command('sync', failing);
    const settling = exchange().call('settle', 'a.1', '1 {"token":"a.1"}').call('settled');
    const settled = await site.say(settling.call('fence', 'a.1'));
    expect(settled.all('settled')).toEqual([]);
    expect(settled.all('fault')).toEqual([
      expect.stringMatching(/^settled .*Input\/output error/),
      expect.stringMatching(/^fence /),
    ]);
    expect(existsSync(site.inst('claims/a.1'))).toBe(true);
  });

  it('a sync of an old make, which syncs all, is good enough', async () => {
    stubbed(shell);
    site.command('sync', '[ $# = 0 ] || { echo "sync: invalid option -- f" >&2; exit 1; }');
    expect((await site.say(whole('a.1'), { payload: payload('a.1') })).all('submitted')).toEqual(['a.1 1']);
  });

  it('a claim or a ticket that its disk has lost does not count', async () => {
    stubbed(shell);
    await site.say(whole('a.1'), { payload: payload('a.1') });
    writeFileSync(site.inst('claims/empty.1'), '');
    writeFileSync(site.inst('claims/cut.1'), 'sluice-claim 1 n1\ndirec');
    writeFileSync(site.inst('tickets/a.1'), '');
    writeFileSync(site.inst('jobs/a.1'), '');
    const observed = async (): Promise<readonly string[]> =>
      (await site.say(exchange().call('observe', '0'))).all('claim');
    expect(await observed()).toEqual([
      expect.stringMatching(/^a\.1 \w+ 1 - unknown:0 - - -$/),
      'cut.1 - 0 - - - - -',
      'empty.1 - 0 - - - - -',
    ]);
    const ago = new Date(Date.now() - 600_000);
    utimesSync(site.inst('tickets/a.1'), ago, ago);
    expect((await observed())[0]).toMatch(/ unknown:240 - - -$/);
    const again = exchange().call('claim', 'cut.1', site.claim('cut.1', 'n1')).call('hold', 'empty.1');
    const reply = await site.say(
      again
        .call('claims')
        .call('hold', 'a.1')
        .together('submit', [['a.1', '--job-name=a.1']]),
    );
    expect(reply.all('claimed')).toEqual([]);
    expect(reply.all('follows')).toEqual(['a.1']);
    expect(reply.all('fault')).toEqual([
      'hold empty.1 has no whole claim',
      expect.stringContaining('claims/cut.1 is not whole'),
    ]);
  });

  it('what killed exchanges left is swept when it is a day old, by who writes', async () => {
    stubbed(shell);
    await site.say(whole('a.1'), { payload: payload('a.1') });
    const left = [site.inst('tmp/gone'), join(site.work, '.staging/gone')];
    const fresh = [site.inst('tmp/now'), join(site.work, '.staging/now')];
    for (const folder of [...left, ...fresh]) mkdirSync(join(folder, 'deep'), { recursive: true });
    const { digest } = program('slurm.sh');
    const files = ['old.n1', digest].map((name) => join(site.claims, 'wrapper', name));
    writeFileSync(files[0] ?? '', '');
    const ago = new Date(Date.now() - 3 * 86_400_000);
    for (const path of [...left, ...files]) utimesSync(path, ago, ago);
    await site.say(exchange().call('observe', '0'), { delivery: 'present' });
    expect(left.map((path) => existsSync(path))).toEqual([true, true]);
    await site.say(exchange().call('hold', 'a.1'));
    expect([...left, ...fresh, ...files].map((path) => existsSync(path))).toEqual([
      ...[false, false],
      ...[true, true],
      ...[false, true],
    ]);
  });

  it("what is Sluice's is its owner's alone, and files inside keep their modes", async () => {
    stubbed(shell);
    await site.say(whole('a.1'), { payload: payload('a.1') });
    await site.say(exchange().call('fence', 'b.1'));
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    for (const path of [site.claims, site.job('a.1'), site.job('b.1'), join(site.work, '.staging')])
      expect([path, mode(path)]).toEqual([path, '700']);
    expect(mode(site.job('a.1', '.sluice/script'))).toBe('755');
    expect(read(site.job('a.1', '.sluice/script'))).not.toBe('');
    expect(readdirSync(join(site.work, '.staging'))).toEqual([]);
  });
});
