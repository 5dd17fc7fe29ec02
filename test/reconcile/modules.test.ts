/** External modules from manifest to results, with the real app, the real wrapper and processes in place of a queue. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Desk, job } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.leave());

/** Changes the job by a line of Python. */
const python = (line: string): string =>
  `import json, sys\njob = json.load(sys.stdin)\n${line}\nprint(json.dumps(job))\n`;

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
    const record = await desk.record('water');
    expect(record.run).toMatchObject({ phase: 'Succeeded' });
    expect(desk.read('outputs/water/1/result')).toBe('staged and scaled\n7scaled\n');
    expect(desk.read('outputs/water/1/checked')).toBe('postprocessing water');
    await desk.session('read', (app) => {
      const ran = app.store.moduleRuns.ofRun(record.run.uuid);
      expect(ran.map(({ attempt, stage, module, changed }) => [attempt, stage, module, changed])).toEqual([
        [0, 'staging', 'choose.py', ['environment']],
        [1, 'postprocessing', 'check.pl', []],
        [1, 'preprocessing', 'scale.sh', ['environment']],
      ]);
      expect(JSON.parse(ran[2]?.output ?? '{}')).toMatchObject({
        kwargs: { mesh: 3 },
        environment: { WORD: 'staged and scaled' },
      });
      return Promise.resolve();
    });
  });
});
