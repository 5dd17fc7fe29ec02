import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalTransport } from '../../src/local/transport.js';
import { hear, SH } from '../ssh/hear.js';

describe('the local transport', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-local-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('counts no connections, and says that it is this machine', async () => {
    const transport = createLocalTransport();
    await hear(await transport.open(SH), 'exit 0');
    expect(transport.counts).toMatchObject({ connections: 0, roundTrips: 1 });
    expect(transport.address).toContain('this machine');
    await transport.close();
  });

  it('runs another shell, with another environment, where that is given', async () => {
    const env = { PATH: process.env['PATH'], GREETING: 'hello' };
    const transport = createLocalTransport({ shell: ['bash', '-s'], env });
    const { stdout } = await hear(await transport.open(SH), 'echo "$GREETING ${BASH_VERSION:+bash}"');
    expect(stdout.toString()).toBe('hello bash\n');
    await transport.close();
  });

  it('says which shell cannot be started', async () => {
    const transport = createLocalTransport({ shell: ['/nowhere/sh', '-s'] });
    await expect(transport.open(SH)).rejects.toMatchObject({
      kind: 'misconfigured',
      message: expect.stringContaining('/nowhere/sh could not be started here'),
    });
    await transport.close();
  });

  it('kills what does not heed TERM', async () => {
    const transport = createLocalTransport({ killAfterMs: 300 });
    const mark = join(scratch, 'alive');
    const channel = await transport.open(SH);
    const script = `trap '' TERM\nwhile :; do date +%s%N >'${mark}'; sleep 0.02; done\n`;
    const heard = hear(channel, script);
    await sleep(300);
    channel.abort('enough');
    expect((await heard).end).toMatchObject({ kind: 'lost', why: 'enough' });
    await sleep(900);
    const before = readFileSync(mark, 'utf8');
    await sleep(200);
    expect(readFileSync(mark, 'utf8')).toBe(before);
    await transport.close();
  });

  it('leaves a background child alone that its shell left behind', async () => {
    const transport = createLocalTransport({ drainGraceMs: 100 });
    const mark = join(scratch, 'done');
    const script = `(sleep 0.6; echo finished >'${mark}') & exit 0`;
    expect((await hear(await transport.open(SH), script)).end).toMatchObject({ kind: 'exited', code: 0 });
    await transport.close();
    await sleep(1_200);
    expect(readFileSync(mark, 'utf8')).toBe('finished\n');
  });
});
