/** External modules on real Slurm, beginning with the prototype's own sample files, from manifest to mail. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox, sluice, type Sandbox } from '../e2e/built.js';
import { MailServer } from '../notify/server.js';
import { inventory, lab, labAbsent, ssh, type Lab } from './lab.js';
import { ServedRepository } from './repository.js';

const sample = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures/prototype', name), 'utf8');
const shipped = (name: string): string => join(import.meta.dirname, '../../modules', name);

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
const JOB = `#!/bin/sh
[ "$SLURM_PROCID" = 0 ] || exit 0
./a.out >> result.txt
`;
const JOB_C = '#include <stdio.h>\nint main(void) { puts("computed"); return 0; }\n';

interface Item {
  readonly phase: string;
  readonly message: string;
  readonly job_uuid: string;
  readonly cluster: string;
  readonly working_directory: string;
  readonly state: readonly string[];
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  readonly online_job_file: boolean;
  readonly source: { readonly commit: string; readonly url: string } | null;
  readonly modules: Readonly<
    Record<string, readonly { module: string; output: Record<string, unknown> | null }[]>
  >;
  readonly user_input: Readonly<Record<string, unknown>>;
  readonly outputs: readonly { readonly path: string; readonly file: string }[];
}

async function recordOf(at: Sandbox, name: string): Promise<Item> {
  const { stdout } = await sluice(at, 'get', name, '-o', 'json');
  const [item] = (JSON.parse(stdout) as { items: readonly Item[] }).items;
  if (!item) throw new Error(`there is no job ${name}`);
  return item;
}

describe.skipIf(labAbsent())('the prototype’s own sample files', { timeout: 300_000 }, () => {
  let at: Sandbox;
  let world: Lab;
  let repository: ServedRepository;
  let mail: MailServer;
  let commit: string;
  beforeAll(async () => {
    world = await lab();
    repository = await new ServedRepository().start();
    commit = repository.commit({ job: JOB, 'job.c': JOB_C });
    mail = await new MailServer().start();
    at = sandbox({
      'clusters.yaml': await inventory(),
      'sluice.yaml':
        `installation: proto-${randomUUID().slice(0, 8)}\n` +
        `smtp: {host: 127.0.0.1, port: ${mail.port}, from: sluice@example.org, tls: none}\n`,
      'jobs.d/sample.yaml':
        sample('user_input_sample.yml')
          .replace('jdoe', world.user)
          .replace('path_to_key', world.encryptedKey)
          .replace('private_key_passphrase', world.passphrase)
          .replace('https://github.com/GaetanLongree/test.git', repository.url) +
        'modules: ../modules_sample.yml\n',
      'modules_sample.yml': sample('modules_sample.yml'),
      'modules/test.c': PASSES_ON_C,
      'modules/remote_test.c': PASSES_ON_C,
      'modules/remote_test.py': PASSES_ON_PYTHON,
    });
    copyFileSync(shipped('resource_estimator.py'), join(at.directory, 'modules/resource_estimator.py'));
    // Debian has no `python` by itself: neither here nor there.
    mkdirSync(join(at.home, 'bin'));
    symlinkSync('/usr/bin/python3', join(at.home, 'bin/python'));
    at.env['PATH'] = `${join(at.home, 'bin')}:${process.env['PATH'] ?? ''}`;
    const certificate = readFileSync(
      join(import.meta.dirname, '../notify/fixtures/localhost.cert.pem'),
      'utf8',
    );
    const there = await ssh(
      'lemaitre3',
      'mkdir -p ~/bin && ln -sf /usr/bin/python3 ~/bin/python && cat > ~/test-ca.pem && ' +
        "git config --global http.sslCAInfo ~/test-ca.pem && echo 'PATH=$HOME/bin:$PATH' > ~/.bash_profile",
      certificate,
    );
    expect(there.code, there.stderr).toBe(0);
  });
  afterAll(async () => {
    await ssh('lemaitre3', 'rm -rf ~/bin ~/test-ca.pem ~/.gitconfig ~/.bash_profile');
    await mail.stop();
    await repository.stop();
    at.remove();
  });

  it('run from manifest to mail (statements 3, 14, 24, 30, 42, 43, 44, 45, 46, 47, 48, 49, 62)', async () => {
    const ended = await sluice(at, 'reconcile', '--once', '--wait', '--timeout', '4m');
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(
      /^sample: module test\.c \(staging 1\) runs here\nsample: module resource_estimator\.py \(staging 2\) runs here$/m,
    );
    const record = await recordOf(at, 'sample');
    expect(record).toMatchObject({ phase: 'Succeeded', cluster: 'lemaitre3', online_job_file: true });
    expect(record.source).toEqual({ kind: 'git', commit, url: repository.url });
    expect(record.state).toEqual(Array.from({ length: 15 }, () => 'COMPLETED'));
    // Of some tasks accounting may not have told yet.
    expect(record.job_status['NNodes']?.find(Boolean)).toBe('4');
    expect(
      Object.values(record.modules)
        .flat()
        .map(({ module }) => module),
    ).toEqual([
      ...[
        'test.c',
        'resource_estimator.py',
        'remote_test.c',
        'resource_estimator.py',
        'test.c',
        'remote_test.py',
      ],
    ]);
    for (const { module, output } of Object.values(record.modules).flat())
      expect(output, module).toMatchObject({ name: 'sample', kwargs: { key1: 'value1' } });
    const read = (path: string): string => readFileSync(join(at.directory, 'outputs/sample/1', path), 'utf8');
    expect(read('result.txt')).toBe('computed\n'.repeat(15));
    // What modules wrote, named by the last of them as output. The login shell's argument, each time.
    expect(read('called.txt')).toBe('./test 1\n./remote_test 1\n./test 1\n');
    expect(read('summary.txt')).toBe('value1\n');
    const [script, submodule] = await Promise.all([
      sluice(at, 'describe', 'sample'),
      ssh('lemaitre3', `cat ${record.working_directory}/lib/lib.txt`),
    ]);
    expect(submodule.stdout).toBe('of the submodule\n');
    for (const line of ['--time=1-02:30:00', '--array=1-15', '--ntasks=5', '--cpus-per-task=2', '--nodes=4'])
      expect(script.stdout).toContain(line);
  });

  it('tell the owner each change (statements 9, 62)', () => {
    const told = mail.received.map(({ headers }) => headers.get('subject'));
    expect(told[0]).toBe('[sluice] sample: Staging');
    expect(told).toContain('[sluice] sample: Preparing on lemaitre3');
    expect(told).toContain('[sluice] sample: Queued on lemaitre3');
    expect(told).toContain('[sluice] sample: Postprocessing on lemaitre3');
    expect(told.at(-1)).toBe('[sluice] sample: Succeeded on lemaitre3');
    // One for each change of the run, not of its fifteen tasks.
    expect(new Set(told).size).toBe(told.length);
    for (const { to, raw } of mail.received) {
      expect(to).toEqual(['johndoe@mail.com']);
      expect(raw).toContain(`Hello ${world.user},`);
    }
  });

  it('leave the passphrase nowhere (statements 7, 8)', async () => {
    const secret = world.passphrase;
    const there = await ssh('lemaitre3', `grep -rl '${secret}' ~/.sluice /scratch/${world.user}/sluice`);
    expect(there.stdout).toBe('');
    const here = execFileSync('grep', ['-rlF', secret, at.directory, at.home], { encoding: 'utf8' });
    expect(here.trim().split('\n')).toEqual([join(at.directory, 'jobs.d/sample.yaml')]);
    expect(mail.received.some(({ raw }) => raw.includes(secret))).toBe(false);
  });
});
