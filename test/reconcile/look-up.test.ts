/** Results of a job that the state does not know: found by what the clusters remember, and nothing is written. */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Retrieved } from '../../src/reconcile/session.js';
import { AT_GATE, Desk, inventory, job, recordOf, settle, untilPhase } from './desk.js';

const FORGETFUL = 'installation: desk\nstate: none\n';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

const retrieve = (target: string, to?: string): Promise<Retrieved> =>
  desk.session('read', (app) => app.retrieve(target, to));
const told = (): string => desk.story.map(({ text }) => text).join('\n');

/** A run to its end. @returns its UUID */
async function ended(name: string, execution: string, more = ''): Promise<string> {
  desk.write({ [`jobs.d/${name}.yaml`]: job(execution, `output: answer\n${more}`) });
  await desk.settle();
  return (await desk.run(name)).uuid;
}

describe('a job that the state does not know', () => {
  it.each(['its name', 'its UUID'])('is retrieved by %s, and no state is made (statement 4)', async (by) => {
    const uuid = await ended('a', 'echo 42 >answer');
    desk.remove('.sluice');
    desk.remove('outputs');
    const { record, files, missing, unread, gone } = await retrieve(by === 'its name' ? 'a' : uuid);
    expect(record.run).toMatchObject({ uuid, name: 'a', phase: 'Succeeded' });
    expect(files.map(({ path }) => path)).toEqual(['logs/stderr', 'logs/stdout', 'answer']);
    expect({ missing, unread, gone }).toEqual({ missing: [], unread: [], gone: undefined });
    expect(desk.read('outputs/a/1/answer')).toBe('42\n');
    expect(desk.has('.sluice')).toBe(false);
  });

  it('is retrieved to another place, with its manifest gone, and where another one has another login', async () => {
    await ended('a', 'echo 42 >answer');
    desk.remove('.sluice');
    desk.remove('jobs.d');
    await retrieve('a', join(desk.directory, 'elsewhere'));
    expect(desk.read('elsewhere/answer')).toBe('42\n');
    desk.write({ 'jobs.d/b.yaml': job('true', 'username: ann\n') });
    await retrieve('a', join(desk.directory, 'elsewhere'));
    expect(desk.logins('here')).toBe(2);
  });

  it('is retrieved where no state is kept', async () => {
    desk.write({ 'sluice.yaml': FORGETFUL, 'jobs.d/a.yaml': job('echo 42 >answer', 'output: answer\n') });
    await desk.session('write', (app) => settle(app));
    desk.remove('outputs');
    expect((await retrieve('a')).record.run.phase).toBe('Succeeded');
    expect(desk.read('outputs/a/1/answer')).toBe('42\n');
  });

  it('leaves a state as it was that is older than it', async () => {
    await ended('b', 'echo 43 >answer');
    const [state, copy] = [join(desk.directory, '.sluice'), join(desk.directory, 'copy')];
    cpSync(state, copy, { recursive: true });
    await ended('a', 'echo 42 >answer');
    desk.remove('.sluice');
    cpSync(copy, state, { recursive: true });
    const stateNow = (): string[] => desk.everything().filter((line) => line.startsWith('project/.sluice/'));
    const before = stateNow();
    expect((await retrieve('a')).record.run.phase).toBe('Succeeded');
    expect(stateNow()).toEqual(before);
    expect(before).not.toEqual([]);
  });

  it('is that run of a name which was sent last', async () => {
    await ended('a', 'echo old >answer', 'run: z-first\n');
    desk.ahead += 60_000;
    await ended('a', 'echo new >answer', 'run: a-second\n');
    desk.remove('.sluice');
    desk.remove('outputs');
    expect((await retrieve('a')).record.run.run).toBe('a-second');
    expect(desk.read('outputs/a/a-second/answer')).toBe('new\n');
  });

  it('shows how it stands while it runs, and nothing is fetched (statement 74)', async () => {
    desk.write({ 'jobs.d/a.yaml': job(`echo 42 >answer; ${AT_GATE}`, 'output: answer\n') });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.remove('.sluice');
    const { record, files } = await retrieve('a');
    expect(record.run).toMatchObject({ phase: 'Running', reason: 'Executing' });
    expect(record.attempts.map(({ taskStates }) => taskStates)).toEqual([['RUNNING']]);
    expect(files).toEqual([]);
    expect(desk.has('outputs')).toBe(false);
    expect(desk.has('.sluice')).toBe(false);
  });

  it('is retrieved as soon as it is over, also where nobody has fetched it yet', async () => {
    desk.write({ 'jobs.d/a.yaml': job('echo 42 >answer; exit 3', 'output: answer\n') });
    await desk.pass();
    desk.remove('.sluice');
    await desk.rest();
    const { record } = await retrieve('a');
    expect(record.run).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
    expect(desk.read('outputs/a/1/answer')).toBe('42\n');
    expect(desk.has('.sluice')).toBe(false);
    // Whose job it is goes on undisturbed.
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Failed', reason: 'ExecutionFailed' });
  });
});

describe('a job that nobody knows', () => {
  it('is told as such, with the name that was meant', async () => {
    await ended('lattice', 'echo 42 >answer');
    desk.remove('.sluice');
    await expect(retrieve('latice')).rejects.toThrow(
      /^there is no job "latice" in this state, and no cluster knows it; did you mean "lattice"\?$/,
    );
    await expect(retrieve('0f5f5b4e-0000-5000-8000-000000000000')).rejects.toThrow(
      /^there is no job "0f5f5b4e-0000-5000-8000-000000000000" in this state, and no cluster knows it$/,
    );
  });

  it('is told with the clusters that could not be asked', async () => {
    await ended('a', 'echo 42 >answer');
    desk.remove('.sluice');
    desk.away.add('here');
    await expect(retrieve('a')).rejects.toThrow(
      /^there is no job "a" in this state, and of the clusters that may know it, here could not be asked: here does not answer$/,
    );
    desk.away.add('there');
    await expect(retrieve('a')).rejects.toThrow(
      /^there is no job "a" in this state, and of the clusters that may know it, 2 could not be asked: here: here does not answer; there: there does not answer$/,
    );
    desk.away.delete('here');
    expect((await retrieve('a')).files).toHaveLength(3);
    expect(told()).toContain('there does not answer');
  });

  it('is told with the cluster whose memory is damaged', async () => {
    const claims = join(desk.home, 'there/claims/desk/claims');
    mkdirSync(claims, { recursive: true });
    writeFileSync(join(claims, 'a.0.1'), 'sluice-claim 1 x\n');
    await expect(retrieve('a')).rejects.toThrow(
      /^there is no job "a" in this state, and of the clusters that may know it, there could not be asked: what it holds could not be read$/,
    );
    expect(told()).toContain('/claims/a.0.1 is damaged');
  });

  it('cannot be looked for without the id of the installation', async () => {
    desk.write({ 'sluice.yaml': '{}\n', 'clusters.yaml': inventory() });
    const words =
      'there is no job "a" in this state, and no cluster can be asked for it: they know a job by its installation, and ' +
      'this project has no id yet. Put the line "installation: ID" into sluice.yaml, with the id that was in use when ' +
      'the job was submitted';
    await expect(retrieve('a')).rejects.toThrow(new RegExp(`^${words}$`));
    expect(desk.trips()).toBe(0);
    expect(readdirSync(desk.directory)).not.toContain('.sluice');
  });
});

it('a job that the state knows asks no other cluster', async () => {
  await ended('a', 'echo 42 >answer');
  await desk.session('read', async (app) => {
    expect(recordOf(app, 'a').run.phase).toBe('Succeeded');
    await app.retrieve('a');
    expect([desk.trips('here'), desk.trips('there')]).toEqual([1, 0]);
  });
  expect(readFileSync(join(desk.directory, 'outputs/a/1/answer'), 'utf8')).toBe('42\n');
});
