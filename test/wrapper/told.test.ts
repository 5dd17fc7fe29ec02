/** What steps leave for the near half, and another batch script before the submission. */
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { readTold } from '../../src/protocol/told.js';
import { attempt, exchange, pack, read, type Shell, SHELLS, Site } from './site.js';
import { installStubs } from './slurm-stubs.js';

let site: Site;
afterEach(() => {
  site.remove();
});

const SCRIPT = '#!/bin/bash\ntrue\n';

async function placed(shell: Shell): Promise<void> {
  site = new Site(shell);
  installStubs(site);
  const all = exchange().call('claim', 'a.1', site.claim('a.1')).call('claims').call('place');
  expect((await site.say(all, { payload: pack(attempt('a.1', SCRIPT)) })).all('placed')).toEqual(['a.1']);
}

function leave(files: Readonly<Record<string, string>>): void {
  for (const folder of ['told', 'modules'])
    mkdirSync(site.job('a.1', '.sluice', folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(site.job('a.1', '.sluice', name), text);
}

describe.each(SHELLS)('what steps left under $name', (shell) => {
  it('is told whole, line for line', async () => {
    await placed(shell);
    const module = `{"a": "é \\\\ %s",\n\n  "@x bye": 1}`;
    leave({
      'told/commit': 'abc\n',
      'told/empty': '',
      'told/.new': 'no',
      'told/od d': 'no',
      'modules/preprocessing.1.json': module,
      'modules/input.json': '{}',
      'modules/late.1': 'no',
    });
    symlinkSync('/etc/passwd', site.job('a.1', '.sluice/told/link'));
    const reply = await site.say(exchange().call('told', 'a.1').call('told', 'b.1'));
    expect([reply.errors, reply.complete]).toEqual(['', true]);
    const told = readTold(reply.frames);
    expect(Object.fromEntries(told.get('a.1')?.texts ?? [])).toEqual({
      commit: 'abc\n',
      empty: '',
      'preprocessing.1.json': `${module}\n`,
    });
    expect(told.get('a.1')?.faults).toEqual([]);
    expect(told.get('b.1')?.faults).toEqual(['has no claim']);
    expect([told.get('a.1')?.complete, told.get('b.1')?.complete]).toEqual([true, true]);
  });

  it('is nothing where they left nothing', async () => {
    await placed(shell);
    const reply = await site.say(exchange().call('told', 'a.1'));
    expect([reply.complete, reply.all('told'), reply.all('fault'), reply.errors]).toEqual([
      ...[true, ['a.1'], []],
      '',
    ]);
  });

  it('has an end: what is too long is named, and the rest is told', async () => {
    await placed(shell);
    const most = 'x'.repeat(1024 * 1024);
    const files = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`modules/preprocessing.${index + 1}.json`, most]),
    );
    leave({ ...files, 'told/commit': `${most}x`, 'told/url': '' });
    const reply = await site.say(exchange().call('told', 'a.1'));
    const told = readTold(reply.frames).get('a.1');
    expect([...(told?.texts.keys() ?? [])]).toHaveLength(9);
    expect(told?.texts.get('preprocessing.1.json')).toBe(`${most}\n`);
    expect(told?.faults).toEqual([
      'commit has 1048577 bytes; at most 1048576 are told',
      'preprocessing.9.json has 1048576 bytes, and with what was told before it is more than 8388608',
    ]);
  });
});

describe.each(SHELLS)('another batch script under $name', (shell) => {
  const rescript = (text: string, token = 'a.1') =>
    site.say(exchange().call('hold', 'a.1').call('rescript', token, text));

  it('takes the place of the first, byte for byte, and can be run', async () => {
    await placed(shell);
    const text = `#!/bin/bash\necho '%s \\n' "$x" é\n# it's\n\n`;
    const reply = await rescript(text);
    expect([reply.all('rescripted'), reply.all('fault'), reply.errors]).toEqual([['a.1'], [], '']);
    expect(read(site.job('a.1', '.sluice/script'))).toBe(text);
    expect(statSync(site.job('a.1', '.sluice/script')).mode & 0o777).toBe(0o700);
    expect(readdirSync(site.job('a.1', '.sluice'))).toEqual(['script']);
  });

  it('is refused to what is not held, and once the ticket is made', async () => {
    await placed(shell);
    expect((await rescript('x', 'b.1')).all('fault')).toEqual(['rescript b.1 is not held and placed']);
    expect((await site.say(exchange().call('rescript', 'a.1', 'x'))).all('fault')).toHaveLength(1);
    await site.say(
      exchange()
        .call('hold', 'a.1')
        .together('submit', [['a.1', '--job-name=a.1']]),
    );
    const reply = await rescript('x');
    expect([reply.all('rescripted'), reply.all('fault'), reply.complete]).toEqual([
      [],
      ['rescript a.1 has its ticket: its script may have been read'],
      true,
    ]);
    expect(read(site.job('a.1', '.sluice/script'))).toBe(SCRIPT);
  });

  it('leaves the first where it cannot be written, and then nothing is submitted', async () => {
    await placed(shell);
    mkdirSync(site.job('a.1', '.sluice/script.fixed'));
    const all = exchange()
      .call('hold', 'a.1')
      .call('rescript', 'a.1', 'x')
      .together('submit', [['a.1', '--job-name=a.1']]);
    const reply = await site.say(all, { nonce: 'fixed' });
    expect(reply.all('fault')[0]).toMatch(/^rescript the script of a\.1 cannot be written: .*[Dd]irectory/);
    expect([reply.all('submitted'), existsSync(site.inst('tickets/a.1'))]).toEqual([[], false]);
    expect(read(site.job('a.1', '.sluice/script'))).toBe(SCRIPT);
  });
});
