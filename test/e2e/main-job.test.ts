/** The main job on this machine, through the built command: from `init` to results, and all that asks about it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sluice, start, until, type Sandbox } from './built.js';

interface Record_ {
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  readonly cluster: string | null;
  readonly job_uuid: string;
  readonly state: readonly string[];
  readonly attempts: readonly {
    readonly number: number;
    readonly job_id: string | null;
    readonly state: string;
  }[];
  readonly outputs: readonly {
    readonly path: string;
    readonly file: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  readonly user_input: Readonly<Record<string, unknown>>;
}

async function records(at: Sandbox, ...argv: readonly string[]): Promise<readonly Record_[]> {
  const { stdout } = await sluice(at, 'get', '-o', 'json', ...argv);
  const { version, items } = JSON.parse(stdout) as { version: number; items: readonly Record_[] };
  expect(version).toBe(1);
  return items;
}

const LONG = 'destination_cluster: here\nexecution: echo begun; sleep 120\nlabels: {kind: long}\n';
const FAILS = 'destination_cluster: here\nexecution: "echo no >&2; exit 3"\n';

describe('the main job', { timeout: 60_000 }, () => {
  let at: Sandbox;
  beforeAll(() => {
    at = sandbox();
  });
  afterAll(async () => {
    await sluice(at, 'cancel', 'long');
    at.remove();
  });

  it('is set up by init, which keeps what is there', async () => {
    expect((await sluice(at, 'init')).stdout).toMatch(/^wrote jobs\.d\/example\.yaml$/m);
    const settings = readFileSync(join(at.directory, 'sluice.yaml'), 'utf8');
    const again = await sluice(at, 'init');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).not.toMatch(/^wrote/m);
    expect(readFileSync(join(at.directory, 'sluice.yaml'), 'utf8')).toBe(settings);
  });

  it('is valid as init wrote it', async () => {
    expect(await sluice(at, 'validate')).toMatchObject({ code: 0, stdout: '', stderr: '1 job valid\n' });
  });

  it('is planned, and nothing is written', async () => {
    const before = at.tree();
    const { stdout, code } = await sluice(at, 'plan', '--script', '--detailed-exitcode');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^example\n {2}\+ accept/);
    expect(stdout).toMatch(/here: chosen, first choice/);
    expect(stdout).toMatch(/\| #!\/bin\/bash -l\n[^]*estimate\.sh darts\.txt/);
    expect(stdout).toMatch(/3 actions for 1 job\.\n$/);
    const { items, changes } = JSON.parse((await sluice(at, 'plan', '-o', 'json')).stdout) as {
      items: { kind: string }[];
      changes: number;
    };
    expect(items.map(({ kind }) => kind)).toEqual(['accept', 'stage', 'submit']);
    expect(changes).toBe(3);
    expect(at.tree()).toEqual(before);
  });

  it('runs once, and its results come home', async () => {
    const { code, stdout, stderr } = await sluice(
      at,
      'reconcile',
      '--once',
      '--wait',
      '--timeout',
      '1m',
      '--verbose',
    );
    expect(stderr).toMatch(/example: submitted as job \d+/);
    expect(stderr).toMatch(/^here.*: \d+ connections?, \d+ round trips?, .* up, .* down$/m);
    expect(stderr).toMatch(/^example: outputs\/example\/1\/pi\.txt \(\d+ B\)$/m);
    expect(stdout).toMatch(
      /^NAME +RUN +PHASE +CLUSTER +JOB +AGE +REASON +MESSAGE\nexample +1 +Succeeded +here +\d+ /,
    );
    expect(code).toBe(0);
    expect(readFileSync(join(at.directory, 'outputs/example/1/pi.txt'), 'utf8')).toMatch(
      /^pi is about 3\.\d+ \(20000 darts\)\n$/,
    );
  });

  it('does nothing the second time', async () => {
    expect(await sluice(at, 'reconcile', '--once', '--wait')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'nothing to do; 1 unchanged\n',
    });
    expect(await sluice(at, 'plan', '--detailed-exitcode')).toMatchObject({ code: 0 });
  });

  it('is told by get, describe and logs', async () => {
    const [record] = await records(at);
    expect(record).toMatchObject({
      name: 'example',
      phase: 'Succeeded',
      cluster: 'here',
      state: ['COMPLETED'],
    });
    expect(record?.attempts).toMatchObject([{ number: 1, state: 'ended' }]);
    expect(record?.outputs.map(({ path }) => path)).toContain('pi.txt');
    expect(record?.user_input).toMatchObject({
      destination_cluster: 'here',
      execution: ['sh estimate.sh darts.txt >pi.txt'],
    });
    const described = (await sluice(at, 'describe', record?.job_uuid ?? '')).stdout;
    expect(described).toMatch(/^Phase: +Succeeded \(Done\)$/m);
    expect(described).toMatch(/^Script of the latest attempt\n {2}#!\/bin\/bash -l$/m);
    expect((await sluice(at, 'get', '-o', 'name')).stdout).toBe('example\n');
    expect((await sluice(at, 'get', '-o', 'yaml', 'example')).stdout).toMatch(
      /^version: 1\nitems:\n {2}- name: example$/m,
    );
    expect(await sluice(at, 'describe', 'exmaple')).toMatchObject({
      code: 1,
      stderr: 'sluice: no job "exmaple"; did you mean "example"?\n',
    });
  });

  it('gives its results again, and elsewhere', async () => {
    const { code, stdout } = await sluice(at, 'retrieve', 'example', '--to', 'elsewhere');
    expect(code).toBe(0);
    expect(stdout).toContain(join(at.directory, 'elsewhere/pi.txt\n'));
    expect(readFileSync(join(at.directory, 'elsewhere/pi.txt'), 'utf8')).toMatch(/^pi is about/);
  });

  it('exits 4 for a job that fails, and tells its end', async () => {
    at.write({ 'jobs.d/fails.yaml': FAILS });
    const { code, stdout } = await sluice(at, 'reconcile', '--once', '--wait');
    expect(stdout).toMatch(/^fails +1 +Failed +here /m);
    expect(code).toBe(4);
    expect(await sluice(at, 'logs', 'fails')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^no$/m),
    });
    expect((await sluice(at, 'reconcile', '--once')).code).toBe(0);
  });

  it('processes the rest beside an invalid one, and exits 3', async () => {
    at.write({
      'jobs.d/invalid.yaml': 'exection: x\n',
      'jobs.d/good.yaml': 'destination_cluster: here\nexecution: "true"\n',
    });
    const { code, stderr, stdout } = await sluice(at, 'reconcile', '--once', '--wait');
    expect(stderr).toMatch(/jobs\.d\/invalid\.yaml:1:1: error: unknown key "exection"/);
    expect(stdout).toMatch(/^good +1 +Succeeded/m);
    expect(code).toBe(3);
    at.write({ 'jobs.d/invalid.yaml': '' });
  });

  it('exits 5 when time is over, with the job going on; filters, watches and cancels it', async () => {
    at.write({ 'jobs.d/long.yaml': LONG });
    const waited = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '2s');
    expect(waited.stderr).toMatch(/time is over with 1 job still going/);
    expect(waited.code).toBe(5);
    expect((await records(at, '-l', 'kind=long')).map(({ name }) => name)).toEqual(['long']);
    expect(await records(at, '-l', 'kind=short')).toEqual([]);
    expect(await sluice(at, 'retrieve', 'long')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has not ended, so nothing was fetched: (Queued|Running)/),
    });
    await until(async () => (await sluice(at, 'logs', 'long')).stdout === 'begun\n');
    const cancelled = await sluice(at, 'cancel', 'long', '--reason', 'enough');
    expect(cancelled.code).toBe(0);
    expect(cancelled.stdout).toMatch(/^long: (cancelled|cancel requested)/);
    await until(async () => {
      await sluice(at, 'reconcile', '--once');
      return (await records(at, 'long'))[0]?.phase === 'Cancelled';
    });
    expect((await sluice(at, 'cancel', 'long')).stdout).toBe(
      'long: had ended already: Cancelled (CancelledByUser)\n',
    );
  });

  it('exits 6 beside another writer, and 130 when interrupted while it waits', async () => {
    at.write({ 'jobs.d/long.yaml': `${LONG}run: second\n` });
    const { child, ended } = start(at, ['reconcile', '--once', '--wait']);
    let story = '';
    child.stderr.on('data', (text: string) => (story += text));
    await until(() => story.includes('submitted'));
    const other = await sluice(at, 'reconcile', '--once');
    expect(other.stderr).toMatch(/"sluice reconcile --once" \(process \d+/);
    expect(other.code).toBe(6);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, signal: null });
    expect((await sluice(at, 'cancel', 'long')).code).toBe(0);
  });

  it('shows the clusters', async () => {
    expect((await sluice(at, 'clusters')).stdout).toMatch(
      /^NAME +HOSTNAME +PORT +MANAGER[^]*\nhere +localhost +- +direct +serial +- +reached$/m,
    );
    const { items } = JSON.parse((await sluice(at, 'clusters', '-o', 'json')).stdout) as { items: unknown[] };
    expect(items).toMatchObject([{ name: 'here', workload_manager: 'direct', status: { reach: 'reached' } }]);
    const checked = await sluice(at, 'clusters', 'check', 'here', '--job', '-o', 'json');
    expect(checked.code).toBe(0);
    const { items: found } = JSON.parse(checked.stdout) as {
      items: { name: string; verdict: string; words: string }[];
    };
    expect(found.filter(({ name }) => name === 'nodes')).toMatchObject([
      { verdict: 'ok', words: expect.stringMatching(/^job \d+ ran on \S+ after \d+ s in the queue$/) },
      { verdict: 'ok', words: expect.stringMatching(/can write there$/) },
      { verdict: 'ok', words: expect.stringMatching(/^bash \S+ runs there as a login shell$/) },
    ]);
    expect(
      readdirSync(join(at.home, '.sluice/work')).filter((name) => name.startsWith('sluice-probe')),
    ).toEqual([]);
  });
});
