/** The command as such: version, help, streams, signals. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN, sandbox, sluice, start, until, type Sandbox } from './built.js';

const PACKAGE = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const COMMANDS = [
  'init',
  'validate',
  'plan',
  'reconcile',
  'get',
  'describe',
  'logs',
  'retrieve',
  'cancel',
  'suspend',
  'resume',
  'rerun',
  'approve',
  'clusters',
  'completion',
];

describe('the command', () => {
  let at: Sandbox;
  beforeAll(() => {
    at = sandbox();
  });
  afterAll(() => {
    at.remove();
  });

  it.each(['--version', '-V'])('prints its version with %s', async (flag) => {
    expect(await sluice(at, flag)).toMatchObject({ code: 0, stdout: `${PACKAGE.version}\n`, stderr: '' });
    expect(await sluice(at, '--verbose', flag)).toMatchObject({ code: 0, stdout: `${PACKAGE.version}\n` });
  });

  it('opens nothing but itself and package.json to print its version', () => {
    const options = { encoding: 'utf8', env: { ...at.env, NODE_DEBUG: 'esm' } } as const;
    const loaded = (...argv: string[]): string =>
      spawnSync(process.execPath, [MAIN, ...argv], options).stderr;
    expect(loaded('--help')).toMatch(/commander/);
    expect(loaded('--version')).not.toMatch(/commander|cli\/run|better-sqlite3|ssh2|yaml/);
  });

  it('prints its usage with -h, to standard output (statement 1)', async () => {
    const { code, stdout } = await sluice(at, '-h');
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(COMMANDS)('%s --help has an example', async (name) => {
    const { code, stdout } = await sluice(at, name, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Examples?:\n  .*sluice ${name}`, 'm'));
  });

  it('has an example for clusters check too, and its own -o', async () => {
    expect((await sluice(at, 'clusters', 'check', '--help')).stdout).toMatch(
      /sluice clusters check lemaitre3/,
    );
  });

  it('ends quietly when its reader goes away', async () => {
    const { child, ended } = start(at, ['--help']);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ stderr: '', signal: null });
  });

  it('ends with 130 and one line when interrupted', async () => {
    at.write({
      'sluice.yaml': 'installation: e2e-signal\n',
      'clusters.yaml': 'clusters:\n  here: {transport: local, workload_manager: direct}\n',
    });
    const { child, ended } = start(at, ['get', '--watch']);
    let said = '';
    child.stderr.on('data', (text: string) => (said += text));
    await until(() => said.includes('no jobs yet'));
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^no jobs yet.*\ninterrupted\n$/);
  });
});
