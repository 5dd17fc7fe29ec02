/** Frames among everything that a login node may print, in whatever pieces the line delivers them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, FrameReader, words } from '../../src/protocol/frames.js';

const NONCE = 'a1b2c3';

interface Heard {
  readonly frames: readonly Frame[];
  readonly complete: boolean;
  readonly stream: Buffer;
  readonly ready: number;
}

async function hear(text: string | Buffer, cuts: readonly number[] = []): Promise<Heard> {
  const bytes = Buffer.from(text);
  const stream: Buffer[] = [];
  let ready = 0;
  const reader = new FrameReader(NONCE, {
    onReady: () => (ready += 1),
    onStream: (chunk) => void stream.push(chunk),
  });
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    await reader.push(bytes.subarray(from, end));
    from = end;
  }
  return { frames: reader.frames, complete: reader.complete, stream: Buffer.concat(stream), ready };
}

const everyByte = (text: string | Buffer): number[] => Array.from(Buffer.from(text), (_, index) => index);

const REPLY = [
  'Welcome to the cluster! 100 % für alle',
  `@${NONCE} hello 1`,
  'stty: standard input: Inappropriate ioctl for device',
  `@${NONCE} queue 0`,
  `@${NONCE} | 7\x1fRUNNING\x1fNone`,
  `@${NONCE} |`,
  `@${NONCE} | größer → 日本 🎉`,
  `@${NONCE} ! a warning`,
  '@other hello 1',
  ` @${NONCE} hello 2`,
  `@${NONCE} bye`,
  'logout',
  '',
].join('\n');

describe('a reply', () => {
  it('is read out of the noise around it', async () => {
    const { frames, complete } = await hear(REPLY);
    expect(complete).toBe(true);
    expect(frames).toEqual([
      { kind: 'hello', rest: '1', lines: [], errors: [] },
      {
        kind: 'queue',
        rest: '0',
        lines: ['7\x1fRUNNING\x1fNone', '', 'größer → 日本 🎉'],
        errors: ['a warning'],
      },
      { kind: 'bye', rest: '', lines: [], errors: [] },
    ]);
  });

  it('is the same cut at every byte, in the middle of a character too', async () => {
    expect(await hear(REPLY, everyByte(REPLY))).toEqual(await hear(REPLY));
  });

  it('is the same in any pieces, whatever it holds', async () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' ')),
      fc
        .tuple(fc.constantFrom('| ', '! ', 'claim ', 'queue ', '|', ''), fc.string({ unit: 'binary' }))
        .map(([head, text]) => `@${NONCE} ${head}${text.replaceAll('\n', ' ')}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(4000)), async (lines, cuts) => {
        const text = lines.join('\n');
        expect(await hear(text, cuts)).toEqual(await hear(text));
      }),
    );
  });

  it('is not whole without bye, nor when its last line was cut', async () => {
    expect((await hear(`@${NONCE} hello 1\n`)).complete).toBe(false);
    expect((await hear(`@${NONCE} hello 1\n@${NONCE} bye`)).complete).toBe(false);
    expect((await hear('')).complete).toBe(false);
    expect((await hear(`@${NONCE} bye\n`)).complete).toBe(true);
  });

  it('is not ended by a bye of somebody else', async () => {
    expect((await hear(`@${NONCE}x bye\n@${NONCE.toUpperCase()} bye\nbye\n`)).complete).toBe(false);
  });

  it('may stand among lines that end as on Windows', async () => {
    const { frames } = await hear(`motd\r\n\r\n@${NONCE} hello 1\n\r\n@${NONCE} bye\n`);
    expect(frames.map(({ kind }) => kind)).toEqual(['hello', 'bye']);
  });

  it('keeps carriage returns, tabs and trailing blanks of its text', async () => {
    const { frames } = await hear(`@${NONCE} tail 9\n@${NONCE} | 10 %\r20 %\t \n`);
    expect(frames[0]?.lines).toEqual(['10 %\r20 %\t ']);
  });

  it('survives text that comes before any frame, and bytes that are no characters', async () => {
    const { frames } = await hear(
      Buffer.concat([Buffer.from(`@${NONCE} | lost\n@${NONCE} x `), Buffer.from([0xff, 0xfe, 0x00, 0x0a])]),
    );
    expect(frames).toEqual([{ kind: 'x', rest: '\ufffd\ufffd\0', lines: [], errors: [] }]);
  });
});

describe('a line that never ends', () => {
  const MEBIBYTE = 1024 * 1024;
  it('of noise is skipped, and the reply after it is read', async () => {
    const noise = 'x'.repeat(MEBIBYTE);
    const reader = new FrameReader(NONCE);
    for (let i = 0; i < 12; i += 1) await reader.push(Buffer.from(noise));
    await reader.push(Buffer.from(`\n@${NONCE} hello 1\n@${NONCE} bye\n`));
    expect(reader.frames.map(({ kind }) => kind)).toEqual(['hello', 'bye']);
    expect(reader.complete).toBe(true);
  });

  it('of ours is not taken for what its beginning says: the reply is not whole', async () => {
    const reader = new FrameReader(NONCE);
    await reader.push(Buffer.from(`@${NONCE} recall t\n@${NONCE} | manifest {`));
    for (let i = 0; i < 6; i += 1) await reader.push(Buffer.alloc(MEBIBYTE, 'y'));
    await reader.push(Buffer.from(`\n@${NONCE} bye\n`));
    expect(reader.frames[0]?.lines).toEqual([]);
    expect(reader.complete).toBe(false);
  });

  it('is not whole either when it came in one piece', async () => {
    expect((await hear(`@${NONCE} | ${'y'.repeat(5 * MEBIBYTE)}\n@${NONCE} bye\n`)).complete).toBe(false);
  });

  it('of some megabytes is read', async () => {
    const long = 'é'.repeat(MEBIBYTE);
    const { frames, complete } = await hear(
      `@${NONCE} x\n@${NONCE} | ${long}\n@${NONCE} bye\n`,
      [3, 70_001, 1_500_003],
    );
    expect(frames[0]?.lines[0] === long).toBe(true);
    expect(complete).toBe(true);
  });
});

describe('a bulk answer', () => {
  const bytes = Buffer.from(Array.from({ length: 600 }, (_, index) => index % 256));
  const reply = Buffer.concat([
    Buffer.from(`noise\n@${NONCE} match t 1 2\n@${NONCE} stream\n`),
    bytes,
    Buffer.from(`\n@${NONCE} bye\n`),
  ]);

  it.each([
    ['in one piece', []],
    ['cut at every byte', everyByte(reply)],
  ])('is given on untouched, even what looks like frames: %s', async (_, cuts) => {
    const { frames, stream, complete } = await hear(reply, cuts);
    expect(frames.map(({ kind }) => kind)).toEqual(['match', 'stream']);
    expect(stream.equals(Buffer.concat([bytes, Buffer.from(`\n@${NONCE} bye\n`)]))).toBe(true);
    expect(complete).toBe(true);
  });

  it('holds further reading up while its receiver does', async () => {
    let free: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (free = resolve));
    const reader = new FrameReader(NONCE, { onStream: () => held });
    let pushed = false;
    const push = reader.push(Buffer.from(`@${NONCE} stream\nx`)).then(() => (pushed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(pushed).toBe(false);
    free();
    await push;
  });
});

describe('ready', () => {
  it('is told once, when its line is whole', async () => {
    expect((await hear(`@${NONCE} read`)).ready).toBe(0);
    expect((await hear(`@${NONCE} ready`)).ready).toBe(0);
    expect((await hear(`@${NONCE} ready\n`)).ready).toBe(1);
    expect((await hear(`@${NONCE} | ready\n ready\n`)).ready).toBe(0);
  });
});

describe('words', () => {
  it.each([
    ['a b c', 2, ['a', 'b c']],
    ['a b c', 3, ['a', 'b', 'c']],
    ['a', 3, ['a']],
    ['a  b', 2, ['a', ' b']],
    ['', 2, ['']],
  ])('of %j, %i of them', (rest, count, expected) => {
    expect(words(rest, count)).toEqual(expected);
  });
});
