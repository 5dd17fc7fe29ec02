/** External modules from manifest to results, with the real app, the real wrapper and processes in place of a queue. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/model/run.js';
import type { StoredModuleRun } from '../../src/store/module-runs.js';
import { AT_GATE, Desk, job, kinds, LEAVES_TRACE, recordOf, untilPhase, cancel } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

/** Changes the job by a line of Python. */
const python = (line: string): string =>
  `import json, os, sys\njob = json.load(sys.stdin)\n${line}\nprint(json.dumps(job))\n`;

const stage = (name: string, execution: string, more = ''): string =>
  `modules:\n  ${name}: [{module: m, execution: ${JSON.stringify(execution)}${more}}]\n`;

function ranOf(name: string): Promise<readonly StoredModuleRun[]> {
  return desk.session('read', (app) =>
    Promise.resolve(app.store.moduleRuns.ofRun(recordOf(app, name).run.uuid)),
  );
}

async function endOf(files: Readonly<Record<string, string>>): Promise<Run> {
  desk.write({ 'modules/m': '', ...files });
  await desk.settle();
  return desk.run('a');
}

describe('external modules', () => {
  it('run in three stages, each with what the one before it printed', async () => {
    desk.write({
      'modules/choose.py': python(
        'job["environment"] = {"WORD": "staged"}; open("seed.txt", "w").write("7")',
      ),
      'modules/scale.sh': 'sed \'s/"staged"/"staged and scaled"/\'; echo "scaled" > scale.log\n',
      'modules/check.pl':
        'local $/; print <STDIN>; open F, ">checked"; print F "$ENV{SLUICE_STAGE} $ENV{SLUICE_NAME}";\n',
      'jobs.d/water.yaml': job(
        'echo "$WORD" > result; cat seed.txt scale.log >> result',
        'output: [result, checked]\nkwargs: {mesh: 3}\nmodules:\n' +
          '  staging: [{module: choose.py, execution: python3 choose.py}]\n' +
          '  preprocessing: [{module: scale.sh, execution: bash scale.sh}]\n' +
          '  postprocessing: [{module: check.pl, execution: perl check.pl}]\n',
      ),
    });
    await desk.settle();
    expect(await desk.run('water')).toMatchObject({ phase: 'Succeeded' });
    expect(desk.read('outputs/water/1/result')).toBe('staged and scaled\n7scaled\n');
    expect(desk.read('outputs/water/1/checked')).toBe('postprocessing water');
    const ran = await ranOf('water');
    expect(ran.map(({ attempt, stage: name, module, changed }) => [attempt, name, module, changed])).toEqual([
      [0, 'staging', 'choose.py', ['environment']],
      [1, 'preprocessing', 'scale.sh', ['environment']],
      [1, 'postprocessing', 'check.pl', []],
    ]);
    expect(JSON.parse(ran[1]?.output ?? '{}')).toMatchObject({
      kwargs: { mesh: 3 },
      environment: { WORD: 'staged and scaled' },
    });
    expect(desk.has('.sluice/here')).toBe(true);
    await desk.pass();
    expect(desk.filesWith('').filter((path) => path.includes('.sluice/here/'))).toEqual([]);
  });

  it('may say where the job goes, what is sent, and which modules run there', async () => {
    desk.write({
      'input/data': 'one',
      'modules/m': python(
        'job["destination_cluster"] = "there"; job["job"] = os.environ["SLUICE_JOB"] + "/data"; ' +
          'job["modules"]["postprocessing"] = [{"module": "late", "execution": "sh late"}]',
      ),
      'modules/late': 'cat; echo late > late.txt\n',
      'jobs.d/a.yaml': job(
        'cp data result',
        `job: ../input\noutput: [result, late.txt]\n${stage('staging', 'python3 m')}`,
      ),
    });
    await desk.settle();
    const { run, attempts } = await desk.record('a');
    expect([run.phase, run.candidates, attempts.map(({ cluster }) => cluster)]).toEqual([
      'Succeeded',
      ['there'],
      ['there'],
    ]);
    expect(desk.read('outputs/a/1/result')).toBe('one');
    expect(desk.read('outputs/a/1/late.txt')).toBe('late\n');
  });

  it('may give what the manifest leaves out: execution, and resources', async () => {
    const run = await endOf({
      'modules/m': python('job["execution"] = "echo $OMP_NUM_THREADS > result"'),
      'modules/n': python('job["resources"] = {"nbr_threads_per_process": 3}'),
      'jobs.d/a.yaml':
        'destination_cluster: here\nalternates: none\noutput: result\nmodules:\n' +
        '  staging: [{module: n, execution: python3 n}]\n  preprocessing: [{module: m, execution: python3 m}]\n',
    });
    expect(run.phase, run.message).toBe('Succeeded');
    expect(desk.read('outputs/a/1/result')).toBe('3\n');
  });

  it('get a job beyond the limit of an argument on standard input alone, and are told so', async () => {
    const run = await endOf({
      'modules/m': 'echo "$SLUICE_INPUT $#" >> way; cat\n',
      'jobs.d/a.yaml': job(
        'cp way result',
        `output: result\nkwargs: {long: ${'x'.repeat(200_000)}}\nmodules:\n` +
          '  staging: [{module: m, execution: sh m}]\n  preprocessing: [{module: m, execution: sh m}]\n',
      ),
    });
    expect(run.phase, run.message).toBe('Succeeded');
    expect(desk.read('outputs/a/1/result')).toBe('stdin 0\nstdin 0\n');
  });

  it('run once, whatever the passes and the sessions between', async () => {
    desk.write({
      'modules/m': 'cat; echo x >> "$HOME/ran.$SLUICE_STAGE"\n',
      'jobs.d/a.yaml': job(
        `${LEAVES_TRACE}; true`,
        'modules:\n' +
          ['staging', 'preprocessing', 'postprocessing']
            .map((name) => `  ${name}: [{module: m, execution: bash m}]\n`)
            .join(''),
      ),
    });
    for (let pass = 0; pass < 40 && (await desk.pass()).standings.length > 0; pass += 1) continue;
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded' });
    expect(desk.ran()).toBe(1);
    for (const name of ['staging', 'preprocessing', 'postprocessing'])
      expect(desk.filesWith('x\n').filter((path) => path.endsWith(`ran.${name}`))).toHaveLength(1);
    await desk.settle();
    const counts = ['staging', 'preprocessing', 'postprocessing'].map(
      (name) => desk.readHome(`ran.${name}`).trimEnd().split('\n').length,
    );
    expect(counts).toEqual([1, 1, 1]);
  });

  it('of staging that were broken off run from their beginning, and delay no other job', async () => {
    desk.write({
      'modules/m': `cat; echo x >> "$HOME/began"; ${AT_GATE}\n`,
      'jobs.d/a.yaml': job('true', stage('staging', 'sh m')),
      'jobs.d/b.yaml': job('true'),
    });
    const app = await desk.open();
    const stop = new AbortController();
    const waiting = app.waitUntilSettled([], { signal: stop.signal }).catch(() => undefined);
    await desk.until(() => app.store.records.find('b')?.run.phase === 'Succeeded');
    expect(recordOf(app, 'a').run).toMatchObject({
      phase: 'Staging',
      reason: 'ModulesRunning',
      message: 'staging modules run here: m',
    });
    stop.abort();
    await waiting;
    await app.close();
    expect(await desk.run('a')).toMatchObject({ phase: 'Staging' });
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded' });
    expect(desk.readHome('began')).toBe('x\nx\n');
  });

  it('are run again for a manifest that is edited before anything was sent, and the old word is not heard', async () => {
    desk.away.add('here');
    desk.write({
      'modules/m': python('job["environment"] = {"WORD": job["kwargs"]["word"]}'),
      'jobs.d/a.yaml': job(
        'echo $WORD > result',
        `output: result\nkwargs: {word: old}\n${stage('staging', 'python3 m')}`,
      ),
    });
    await desk.pass();
    expect(JSON.parse((await ranOf('a'))[0]?.output ?? '')).toMatchObject({ environment: { WORD: 'old' } });
    desk.write({
      'jobs.d/a.yaml': job(
        'echo $WORD > result',
        `output: result\nkwargs: {word: new}\n${stage('staging', 'python3 m')}`,
      ),
    });
    desk.away.clear();
    await desk.settle();
    expect(desk.read('outputs/a/1/result')).toBe('new\n');
  });

  it('are cancelled with their run: of staging', async () => {
    desk.write({
      'modules/m': `cat; ${AT_GATE}\n`,
      'jobs.d/a.yaml': job('true', stage('staging', 'sh m')),
    });
    const app = await desk.open();
    const stop = new AbortController();
    const waiting = app.waitUntilSettled([], { signal: stop.signal });
    await desk.until(() => app.store.records.find('a')?.run.reason === 'ModulesRunning');
    cancel(app, 'a', 'no longer wanted');
    await waiting;
    expect(recordOf(app, 'a').run).toMatchObject({
      phase: 'Cancelled',
      message: 'cancelled before it was submitted',
    });
    await app.close();
  });

  it('are cancelled with their run: after the job', async () => {
    desk.write({
      'modules/m': `cat; ${AT_GATE}\n`,
      'jobs.d/a.yaml': job(LEAVES_TRACE, stage('postprocessing', 'sh m')),
    });
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Postprocessing');
      cancel(app, 'a', 'no longer wanted');
      await untilPhase(app, 'a', 'Cancelled');
      expect(recordOf(app, 'a').run.message).toBe(
        'it had completed on here, and was cancelled before its postprocessing modules were done',
      );
    });
    expect(desk.ran()).toBe(1);
  });

  it('of a state that is lost are known again by what stands on the cluster', async () => {
    desk.write({
      'modules/m': python('job["output"] = ["result"]; job["environment"] = {"WORD": "heard"}'),
      'jobs.d/a.yaml': job(
        `${LEAVES_TRACE}; ${AT_GATE}; echo $WORD > result`,
        `${stage('preprocessing', 'python3 m')}  postprocessing: [{module: m, execution: "python3 m; echo ok > checked"}]\n`,
      ),
    });
    await desk.session('write', (app) => untilPhase(app, 'a', 'Running'));
    desk.remove('.sluice');
    await desk.session('write', async (app) => {
      await untilPhase(app, 'a', 'Running');
    });
    expect((await ranOf('a')).map(({ stage: name, changed }) => [name, changed])).toEqual([
      ['preprocessing', ['environment', 'output']],
    ]);
    desk.openGate();
    await desk.settle();
    expect(await desk.run('a')).toMatchObject({ phase: 'Succeeded' });
    expect(desk.read('outputs/a/1/result')).toBe('heard\n');
    expect(desk.ran()).toBe(1);
  });

  it('are told in a plan, which says that what follows is provisional', async () => {
    desk.write({
      'modules/m': '',
      'jobs.d/a.yaml': job('true', stage('staging', 'sh m')),
      'jobs.d/b.yaml': job('true', stage('preprocessing', 'sh m')),
    });
    const before = desk.everything();
    const { plan } = await desk.session('plan', (app) => app.plan([]));
    expect(kinds(plan.actions)).toEqual(['accept', 'modules', 'accept', 'stage', 'steps']);
    expect(plan.actions[1]?.why).toBe(
      'm runs here first; what follows is provisional: to here, unless they say otherwise',
    );
    expect(plan.actions[4]?.why).toBe(
      'preprocessing modules come first; what is submitted then is provisional until they have run',
    );
    expect(desk.everything()).toEqual(before);
  });
});

describe('a module that fails fails its run, in these words:', () => {
  const cases: readonly [string, string, string, string, string][] = [
    [
      'a code in staging',
      stage('staging', 'sh m'),
      'echo no mesh >&2; exit 3',
      'ModuleFailed',
      'module m (staging 1) ended with code 3; it said: no mesh',
    ],
    [
      'nothing printed in staging',
      stage('staging', 'sh m'),
      ':',
      'ModuleFailed',
      'module m (staging 1) printed nothing; it must print the job that it was given as JSON, changed or not',
    ],
    [
      'another name',
      stage('staging', 'python3 m'),
      python('job["name"] = "b"'),
      'ModuleFailed',
      'module m (staging 1) changed name from "a" to "b"; a module may not change which job this is; print it as it was given',
    ],
    [
      'a job that is not valid',
      stage('staging', 'python3 m'),
      python('job["resorces"] = {}'),
      'ModuleFailed',
      'module m (staging 1) printed a job that is not valid: unknown key "resorces"; did you mean "resources"?',
    ],
    [
      'a time limit here',
      stage('staging', 'sh m', ', time_limit: 1s'),
      'sleep 60',
      'ModuleFailed',
      'module m (staging 1) took longer than 1s and was ended; give it more with time_limit; it said nothing on standard error',
    ],
    [
      'a code in preprocessing',
      stage('preprocessing', 'sh m'),
      'echo no mesh >&2; exit 3',
      'PreprocessingFailed',
      'module m (preprocessing 1) ended with code 3; it said: no mesh (on here)',
    ],
    [
      'no object in preprocessing',
      stage('preprocessing', 'sh m'),
      'echo loading; cat',
      'PreprocessingFailed',
      'module m (preprocessing 1) printed no JSON object; it said: sluice: module m (preprocessing 1) printed more or other ' +
        'than a JSON object; on standard output only the job, and all of it (on here)',
    ],
    [
      'another destination on the cluster',
      stage('preprocessing', 'python3 m'),
      python('job["destination_cluster"] = "there"'),
      'PreprocessingFailed',
      'module m (preprocessing 1) changed destination_cluster from "here" to "there"; modules on the cluster may not; ' +
        'change it in staging, or print it as it was given (on here)',
    ],
    [
      'a time limit there',
      stage('preprocessing', 'sh m', ', time_limit: 1s'),
      'sleep 60',
      'PreprocessingFailed',
      'module m (preprocessing 1) took longer than 1s and was ended; give it more with time_limit; it said: ' +
        'sluice: it took longer than 1 s; give it more with time_limit (on here)',
    ],
    [
      'a code in postprocessing',
      stage('postprocessing', 'sh m'),
      'echo not converged >&2; exit 4',
      'PostprocessingFailed',
      'module m (postprocessing 1) ended with code 4; it said: not converged (on here)',
    ],
    [
      'a secret in postprocessing',
      stage('postprocessing', 'python3 m'),
      python('job["passphrase"] = "x"'),
      'PostprocessingFailed',
      'module m (postprocessing 1) added passphrase; no secret passes through a module: take it out (on here)',
    ],
  ];
  it.each(cases)('%s', async (_, modules, module, reason, message) => {
    const run = await endOf({
      'modules/m': module,
      'jobs.d/a.yaml': job(
        `${LEAVES_TRACE}; echo 1 > result`,
        `output: [{path: result, optional: true}]\n${modules}`,
      ),
    });
    expect([run.phase, run.reason, run.message]).toEqual(['Failed', reason, message]);
    const isAfter = reason === 'PostprocessingFailed';
    expect(desk.ran()).toBe(isAfter ? 1 : 0);
    // What it left is brought home all the same.
    expect(desk.has('outputs/a/1/result')).toBe(isAfter);
  });

  it('and what those before it printed is kept', async () => {
    const run = await endOf({
      'modules/m': python('job["labels"] = {"mesh": "fine"}'),
      'modules/n': 'echo no solver >&2; exit 5',
      'jobs.d/a.yaml': job(
        'true',
        'modules:\n' +
          '  preprocessing: [{module: m, execution: python3 m}]\n' +
          '  postprocessing: [{module: m, execution: python3 m}, {module: n, execution: sh n}]\n',
      ),
    });
    expect(run.reason).toBe('PostprocessingFailed');
    const ran = await ranOf('a');
    expect(
      ran.map(({ stage: name, index, output, failure }) => [name, index, output !== undefined, failure]),
    ).toEqual([
      ['preprocessing', 1, true, undefined],
      ['postprocessing', 1, true, undefined],
      ['postprocessing', 2, false, run.message],
    ]);
  });

  it('its compilation', async () => {
    const run = await endOf({
      'jobs.d/a.yaml': job('true', stage('staging', './m', ', compilation: "echo no compiler >&2; exit 1"')),
    });
    expect(run.message).toBe(
      'module m (staging 1): its compilation "echo no compiler >&2; exit 1" ended with code 1; it said: no compiler',
    );
  });

  it('no execution at the end', async () => {
    const run = await endOf({
      'modules/m': 'cat',
      'jobs.d/a.yaml': `destination_cluster: here\nalternates: none\n${stage('staging', 'sh m')}`,
    });
    expect(run.message).toBe('execution is missing: neither the manifest nor a module says what "a" runs');
  });

  it("a module in the place of the job's own file", async () => {
    const run = await endOf({
      'input/m': 'mine',
      'jobs.d/a.yaml': job('true', `job: ../input\n${stage('preprocessing', 'sh m')}`),
    });
    expect([run.phase, run.reason]).toEqual(['Failed', 'StagingFailed']);
    expect(run.message).toBe(
      `${join(desk.directory, 'modules/m')}: would stand in the place of the job's own m; ` +
        'give the module another name, or take that file out of the job',
    );
  });

  it('and the mail about it has them', async () => {
    desk.write({
      'sluice.yaml': 'installation: desk\nsmtp: {host: 127.0.0.1, port: 9, from: s@example.org, tls: none}\n',
    });
    const run = await endOf({
      'modules/m': 'echo no mesh >&2; exit 3',
      'jobs.d/a.yaml': job('true', `user_mail: me@example.org\n${stage('preprocessing', 'sh m')}`),
    });
    expect(run.phase).toBe('Failed');
    await desk.session('read', (app) => {
      const mail = app.store.outbox.ofRun(run.uuid).at(-1);
      expect(mail?.subject).toContain('PreprocessingFailed');
      expect(mail?.text).toContain('module m (preprocessing 1) ended with code 3; it said: no mesh');
      return Promise.resolve();
    });
  });
});
