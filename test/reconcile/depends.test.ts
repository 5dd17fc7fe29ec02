/** Jobs that wait for others, from their manifests to their ends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AT_GATE, Desk, job, LEAVES_TRACE, untilPhase } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const after = (on: string, command = LEAVES_TRACE): string => job(command, `depends_on: ${on}\n`);
const waited = () =>
  desk.session('write', (app) => app.waitUntilSettled([], { signal: AbortSignal.timeout(60_000) }));

describe('depends_on', () => {
  it('lets a chain run in its order, without a wait between', async () => {
    desk.write({
      'jobs.d/a.yaml': after('[b]', `test -e "$HOME/b" && ${LEAVES_TRACE}`),
      'jobs.d/b.yaml': after('[{name: c, when: finished}]', 'touch "$HOME/b"'),
      'jobs.d/c.yaml': job('false'),
    });
    await desk.pass();
    expect(await desk.run('a')).toMatchObject({
      phase: 'Pending',
      reason: 'DependencyPending',
      message: 'waits for b to succeed, which was not taken up yet',
    });
    const { settled } = await waited();
    expect(settled).toBe(true);
    expect((await desk.run('c')).phase).toBe('Failed');
    expect([(await desk.run('b')).phase, (await desk.run('a')).phase]).toEqual(['Succeeded', 'Succeeded']);
    expect(desk.ran()).toBe(1);
  });

  it('ends what waits in vain, down the chain, and nothing of it was sent', async () => {
    desk.write({
      'jobs.d/a.yaml': after('b'),
      'jobs.d/b.yaml': after('c'),
      'jobs.d/c.yaml': job('false'),
    });
    const { failed } = await waited();
    expect([...failed].sort()).toEqual(['a', 'b', 'c']);
    const { run, attempts } = await desk.record('a');
    expect(run).toMatchObject({
      phase: 'Failed',
      reason: 'DependencyFailed',
      message: 'it was to run when b had succeeded, and b has failed: nothing was submitted',
    });
    expect([attempts, desk.ran()]).toEqual([[], 0]);
  });

  it('means the run that the manifest of the other asks for, also after it was settled', async () => {
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await desk.settle();
    desk.write({ 'jobs.d/b.yaml': job(AT_GATE, 'run: "2"\n'), 'jobs.d/a.yaml': after('b') });
    await desk.session('write', (app) => untilPhase(app, 'b', 'Running'));
    expect((await desk.run('a')).reason).toBe('DependencyPending');
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Succeeded'));
    expect((await desk.run('b')).phase).toBe('Running');
  });

  it('counts the latest run of a job whose manifest is gone, and waits for one whose manifest is bad', async () => {
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await desk.settle();
    desk.write({ 'jobs.d/b.yaml': 'execution: [', 'jobs.d/a.yaml': after('b') });
    await desk.pass();
    expect((await desk.run('a')).message).toBe(
      'waits for b to succeed, whose manifest cannot be read just now',
    );
    desk.remove('jobs.d/b.yaml');
    await desk.settle();
    expect((await desk.run('a')).phase).toBe('Succeeded');
  });

  it('on a job that nobody has is waited for and said; waiting ends, as nothing goes on', async () => {
    desk.write({ 'jobs.d/a.yaml': after('nobody') });
    const { settled, last } = await waited();
    expect(settled).toBe(true);
    expect(last.problems).toMatchObject([
      {
        severity: 'warning',
        message: 'depends_on names "nobody", and there is no such job: it is waited for',
      },
    ]);
    expect((await desk.run('a')).message).toBe(
      'waits for nobody to succeed, and no manifest and no run has that name',
    );
    desk.write({ 'jobs.d/nobody.yaml': job('true') });
    await desk.settle();
    expect(desk.ran()).toBe(1);
  });

  it('in a circle is an error in each of its jobs', async () => {
    desk.write({ 'jobs.d/a.yaml': after('b'), 'jobs.d/b.yaml': after('a'), 'jobs.d/c.yaml': job('true') });
    const { problems } = await desk.settle();
    expect(problems.map(({ severity, file, line }) => [severity, file.slice(-6), line])).toEqual([
      ['error', 'a.yaml', 1],
      ['error', 'b.yaml', 1],
    ]);
    expect((await desk.run('c')).phase).toBe('Succeeded');
  });

  it('in a pass that is limited to one job sees the others', async () => {
    desk.write({ 'jobs.d/b.yaml': job('true') });
    await desk.settle();
    desk.write({ 'jobs.d/a.yaml': after('b') });
    await desk.session('write', (app) => app.pass([`${desk.directory}/jobs.d/a.yaml`]));
    expect((await desk.record('a')).attempts).toHaveLength(1);
    await desk.settle();
  });
});
