/** External modules on real Slurm, by the built command; the prototype's own sample files among them, from manifest to mail. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, sandbox, sluice, type Sandbox } from '../e2e/built.js';
import { MailServer, textOf } from '../notify/server.js';
import { inventory, lab, labAbsent, ssh, type Lab } from './lab.js';
import { ServedRepository } from './repository.js';

const CERTIFICATE = join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem');
const FOLDER = `sluice-modules-${randomBytes(4).toString('hex')}`;
const MAIL = 'user_mail: jane@example.org\n';
const sample = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/prototype', name), 'utf8');

/** Passes its input on, and says what it was called with. */
const PASSES_ON_C = `#include <stdio.h>
int main(int argc, char **argv) {
    FILE *called = fopen("called.txt", "a");
    fprintf(called, "%s %d\\n", argv[0], argc - 1);
    fclose(called);
    if (argc > 1) { puts(argv[1]); return 0; }
    int c;
    while ((c = getchar()) != EOF) putchar(c);
    return 0;
}
`;
const PASSES_ON_PYTHON = `import json, sys
job = json.load(sys.stdin)
assert job == json.loads(sys.argv[1])
open("summary.txt", "w").write(job["kwargs"]["key1"] + "\\n")
job["output"] = job["output"] + ["summary.txt", "called.txt"]
print(json.dumps(job))
`;
/** As the prototype's: a program that comes with its source, and is compiled there. */
const JOB = '#!/bin/sh\n[ "$SLURM_PROCID" = 0 ] || exit 0\n./a.out >> result.txt\n';
const JOB_C = '#include <stdio.h>\nint main(void) { puts("computed"); return 0; }\n';

const python = (line: string): string =>
  `import json, os, sys\njob = json.load(sys.stdin)\n${line}\nprint(json.dumps(job))\n`;

/** Beside the sample, on another cluster. */
const MODULES = {
  'resources.py': python('job["resources"] = {"duration": "7m", "nbr_threads_per_process": 2}'),
  'misspells.py': python('job["resorces"] = {"duration": "7m"}'),
  'mesh.sh':
    'cat; ls "$SLUICE_MODULE" tools/mesh.txt >&2; squeue -h -u "$USER" -o %j | grep -c "$SLUICE_TOKEN" > queued.txt || :\n',
  'tools/mesh.txt': 'mesh\n',
  'no.sh': 'echo "no mesh for $SLUICE_NAME" >&2; exit 3\n',
  'late.sh': 'cat; touch late.txt\n',
};
const on = (job: string): string => `${MAIL}destination_cluster: hercules\nalternates: none\n${job}`;
const JOBS = {
  sized: on(
    'execution: scontrol show job "$SLURM_JOB_ID" > shown.txt\noutput: [shown.txt, queued.txt]\nmodules:\n' +
      '  staging: [{module: resources.py, execution: python3 resources.py}]\n' +
      '  preprocessing: [{module: mesh.sh, execution: bash mesh.sh}, {module: tools, execution: bash -c cat}]\n',
  ),
  misspelt: on(
    'execution: "true"\nmodules: {staging: [{module: misspells.py, execution: python3 misspells.py}]}\n',
  ),
  unmeshed: on('execution: "true"\nmodules: {preprocessing: [{module: no.sh, execution: sh no.sh}]}\n'),
  unchecked: on('execution: "true"\nmodules: {postprocessing: [{module: no.sh, execution: sh no.sh}]}\n'),
  broken: on(
    'execution: "exit 9"\noutput: [{path: late.txt, optional: true}]\n' +
      'modules: {postprocessing: [{module: late.sh, execution: sh late.sh}]}\n',
  ),
};

interface Module {
  readonly module: string;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly failure?: string;
}

interface Record_ {
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly cluster: string | null;
  readonly working_directory: string;
  readonly state: readonly string[];
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  readonly online_job_file: boolean;
  readonly source: unknown;
  readonly modules: Readonly<Record<string, readonly Module[]>>;
  readonly attempts: readonly unknown[];
  readonly outputs: readonly { readonly path: string; readonly file: string }[];
}

describe.skipIf(labAbsent())('external modules on real Slurm', { timeout: 120_000 }, () => {
  let grid: Lab;
  let at: Sandbox;
  let repository: ServedRepository;
  let mail: MailServer;
  let commit: string;
  let reconciled: Ended;
  let early: Ended;
  const records = new Map<string, Record_>();

  const record = (name: string): Record_ => {
    const found = records.get(name);
    if (!found) throw new Error(`there is no record of ${name}`);
    return found;
  };
  const modulesOf = (name: string): readonly Module[] => Object.values(record(name).modules).flat();
  const result = (name: string, path: string): string =>
    readFileSync(join(at.directory, 'outputs', name, '1', path), 'utf8');
  const lastMailOf = (name: string): string => {
    const mails = mail.received.filter(({ headers }) =>
      headers.get('subject')?.startsWith(`[sluice] ${name}: `),
    );
    const last = mails.at(-1);
    if (!last) throw new Error(`nobody was mailed about ${name}`);
    return textOf(last);
  };

  async function clustersYaml(): Promise<string> {
    const gone = `hostname: 127.0.0.1, port: 9, username: alice, private_key: ${grid.key}`;
    const text = await inventory();
    return `${text.trimEnd()}\n  zenobe: {${gone}, preferred_jobs: [none]}\n`;
  }

  beforeAll(async () => {
    grid = await lab();
    repository = await new ServedRepository().start();
    commit = repository.commit({ job: JOB, 'job.c': JOB_C });
    mail = await new MailServer().start();
    const prefixed = (
      folder: string,
      files: Readonly<Record<string, string>>,
      end = '',
    ): Record<string, string> =>
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}${end}`, text]));
    at = sandbox({
      'clusters.yaml': await clustersYaml(),
      'sluice.yaml':
        `installation: ${FOLDER}\n` +
        `smtp: {host: 127.0.0.1, port: ${mail.port}, from: sluice@example.org, tls: none}\n`,
      'jobs.d/run/sample.yaml':
        sample('user_input_sample.yml')
          .replace('jdoe', grid.user)
          .replace('path_to_key', grid.encryptedKey)
          .replace('private_key_passphrase', grid.passphrase)
          .replace('https://github.com/GaetanLongree/test.git', repository.url) +
        'modules: ../../modules_sample.yml\n',
      ...prefixed('jobs.d/run', JOBS, '.yaml'),
      'jobs.d/early.yaml':
        'destination_cluster: zenobe\nalternates: none\nexecution: "true"\n' +
        'modules: {staging: [{module: resources.py, execution: python3 resources.py}]}\n',
      'modules_sample.yml': sample('modules_sample.yml'),
      ...prefixed('modules', MODULES),
      'modules/test.c': PASSES_ON_C,
      'modules/remote_test.c': PASSES_ON_C,
      'modules/remote_test.py': PASSES_ON_PYTHON,
    });
    const estimator = 'modules/resource_estimator.py';
    copyFileSync(join(import.meta.dirname, '../..', estimator), join(at.directory, estimator));
    // Debian has no `python` by itself: neither here nor there.
    mkdirSync(join(at.home, 'bin'));
    symlinkSync('/usr/bin/python3', join(at.home, 'bin/python'));
    at.env['PATH'] = `${join(at.home, 'bin')}:${process.env['PATH'] ?? ''}`;
    const there = await ssh(
      'lemaitre3',
      'mkdir -p ~/bin && ln -sf /usr/bin/python3 ~/bin/python && cat > ~/test-ca.pem && ' +
        "git config --global http.sslCAInfo ~/test-ca.pem && echo 'PATH=$HOME/bin:$PATH' > ~/.bash_profile",
      readFileSync(CERTIFICATE, 'utf8'),
    );
    expect(there.code, there.stderr).toBe(0);
    early = await sluice(at, 'reconcile', '--once', 'jobs.d/early.yaml');
    reconciled = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '200s', 'jobs.d/run');
    const { items } = JSON.parse((await sluice(at, 'get', '-o', 'json')).stdout) as {
      items: readonly Record_[];
    };
    for (const item of items) records.set(item.name, item);
  }, 260_000);

  afterAll(async () => {
    await ssh('lemaitre3', 'rm -rf ~/bin ~/test-ca.pem ~/.gitconfig ~/.bash_profile');
    for (const site of ['lemaitre3', 'hercules'] as const) await ssh(site, `rm -rf ~/.sluice/${FOLDER}`);
    await mail.stop();
    await repository.stop();
    at.remove();
  });

  it('the prototype’s own sample runs with its modules file (statement 3)', async () => {
    expect(reconciled.stderr).toMatch(/^sample: submitted as job \d+ \(lemaitre3\)$/m);
    expect(record('sample')).toMatchObject({
      ...{ phase: 'Succeeded', cluster: 'lemaitre3', online_job_file: true },
      source: { kind: 'git', commit, url: repository.url },
      state: Array.from({ length: 15 }, () => 'COMPLETED'),
    });
    // Of some tasks accounting may not have told yet.
    expect(record('sample').job_status['NNodes']?.find(Boolean)).toBe('4');
    expect(result('sample', 'result.txt')).toBe('computed\n'.repeat(15));
    const submodule = await ssh('lemaitre3', `cat ${record('sample').working_directory}/lib/lib.txt`);
    expect(submodule.stdout).toBe('of the submodule\n');
    const { stdout } = await sluice(at, 'describe', 'sample');
    for (const line of ['--time=1-02:30:00', '--ntasks=5', '--cpus-per-task=2', '--nodes=4'])
      expect(stdout).toContain(line);
    const told = mail.received
      .map(({ headers }) => headers.get('subject'))
      .filter((subject) => subject?.startsWith('[sluice] sample: '));
    expect(told[0]).toBe('[sluice] sample: Staging');
    for (const phase of ['Preparing', 'Postprocessing'])
      expect(told).toContain(`[sluice] sample: ${phase} on lemaitre3`);
    // What came and went between two looks is not told: it may have run before anybody saw it wait.
    expect(told.some((each) => /: (Queued|Running) on lemaitre3$/.test(each ?? ''))).toBe(true);
    expect(told.at(-1)).toBe('[sluice] sample: Succeeded on lemaitre3');
    // One for each change of the run, not of its fifteen tasks.
    expect(new Set(told).size).toBe(told.length);
  });

  it('its passphrase is nowhere but in its manifest', async () => {
    const secret = grid.passphrase;
    const there = await ssh('lemaitre3', `grep -rlF '${secret}' ~/.sluice /scratch/${grid.user}/sluice`);
    expect(there.stdout).toBe('');
    const here = execFileSync('grep', ['-rlF', secret, at.directory, at.home], { encoding: 'utf8' });
    expect(here.trim().split('\n')).toEqual([join(at.directory, 'jobs.d/run/sample.yaml')]);
    expect(mail.received.some(({ raw }) => raw.includes(secret))).toBe(false);
  });

  it('resources may come from a module (statement 19)', () => {
    expect(record('sized').phase).toBe('Succeeded');
    expect(result('sized', 'shown.txt')).toMatch(/TimeLimit=00:07:00[^]*CPUs\/Task=2/);
  });

  it('kwargs reach every module unchanged (statement 20)', () => {
    for (const { module, output } of modulesOf('sample'))
      expect(output, module).toMatchObject({ name: 'sample', kwargs: { key1: 'value1' } });
  });

  it('what a staging module makes of the job is validated again (statement 22)', () => {
    expect(record('misspelt')).toMatchObject({
      phase: 'Failed',
      reason: 'ModuleFailed',
      message:
        'module misspells.py (staging 1) printed a job that is not valid: unknown key "resorces"; did you mean "resources"?',
      attempts: [],
    });
  });

  it('staging modules run here before any cluster is asked (statement 42)', () => {
    expect(early.stderr).toMatch(/^early: module resources\.py \(staging 1\) runs here$/m);
    expect(record('early')).toMatchObject({
      phase: 'Staging',
      reason: 'ClusterUnreachable',
      attempts: [],
      modules: { staging: [{ output: { resources: { duration: '7m' } } }] },
    });
  });

  it('preprocessing modules run there before the submission (statement 43)', () => {
    expect(result('sized', 'logs/preprocessing')).toContain('mesh.sh\ntools/mesh.txt');
    expect(result('sized', 'queued.txt')).toBe('0\n');
  });

  it('postprocessing modules run there after success only (statement 44)', () => {
    expect(record('broken')).toMatchObject({
      phase: 'Failed',
      reason: 'ExecutionFailed',
      outputs: expect.any(Array),
    });
    expect(record('broken').outputs.map(({ path }) => path)).not.toContain('late.txt');
    expect(modulesOf('broken')).toMatchObject([{ module: 'late.sh', output: null }]);
    expect(record('sample').modules['postprocessing']).toHaveLength(2);
  });

  it('modules run in index order, in any language (statement 45)', () => {
    expect(modulesOf('sample').map(({ module }) => module)).toEqual([
      ...['test.c', 'resource_estimator.py', 'remote_test.c'],
      ...['resource_estimator.py', 'test.c', 'remote_test.py'],
    ]);
    expect(reconciled.stderr).toMatch(
      /^sample: module test\.c \(staging 1\) runs here\n(.*\n)*?sample: module resource_estimator\.py \(staging 2\) runs here$/m,
    );
  });

  it('the files of all remote stages are sent (statement 46)', async () => {
    const { stdout } = await ssh('lemaitre3', `ls ${record('sample').working_directory}`);
    for (const name of ['remote_test.c', 'resource_estimator.py', 'test.c', 'remote_test.py'])
      expect(stdout.split('\n')).toContain(name);
  });

  it('compilation is optional, execution is as written (statement 47)', () => {
    // What modules wrote, the one of staging here; the job was the only argument of each.
    expect(result('sample', 'called.txt')).toBe('./test 1\n./remote_test 1\n./test 1\n');
  });

  it('JSON goes in and comes out, to the next one and the record (statement 48)', () => {
    expect(result('sample', 'summary.txt')).toBe('value1\n');
    expect(modulesOf('sample').at(-1)?.output?.['output']).toEqual([
      'result.txt',
      'summary.txt',
      'called.txt',
    ]);
  });

  it('the output of each is kept (statement 49)', () => {
    for (const name of ['sample', 'sized'])
      for (const { module, output } of modulesOf(name)) expect(output, module).toMatchObject({ name });
  });

  it('a preprocessing module that fails is mailed in its words (statement 71)', () => {
    const message = 'module no.sh (preprocessing 1) ended with code 3; it said: no mesh for unmeshed';
    expect(record('unmeshed')).toMatchObject({ phase: 'Failed', reason: 'PreprocessingFailed' });
    expect(record('unmeshed').message).toContain(message);
    expect(lastMailOf('unmeshed')).toMatch(/unmeshed has failed on hercules: a preprocessing module failed/);
    expect(lastMailOf('unmeshed')).toContain(message);
    expect(modulesOf('unmeshed')[0]?.failure).toContain(message);
  });

  it('a postprocessing module that fails is mailed in its words (statement 72)', () => {
    const message = 'module no.sh (postprocessing 1) ended with code 3; it said: no mesh for unchecked';
    expect(record('unchecked')).toMatchObject({
      phase: 'Failed',
      reason: 'PostprocessingFailed',
      state: ['COMPLETED'],
    });
    expect(lastMailOf('unchecked')).toMatch(
      /unchecked has failed on hercules: a postprocessing module failed/,
    );
    expect(lastMailOf('unchecked')).toContain(message);
  });
});
