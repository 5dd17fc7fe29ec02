import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countProblems, problemLine } from '../../src/cli/output/problems.js';
import { phaseCounts, progress } from '../../src/cli/output/progress.js';
import { resultLines } from '../../src/cli/output/results.js';
import { safeLine, safeText } from '../../src/cli/output/safe.js';
import { storyText, tellsStory } from '../../src/cli/output/story.js';
import { table } from '../../src/cli/output/table.js';
import { age, ago, bytes } from '../../src/cli/output/time.js';
import type { Problem } from '../../src/model/job.js';
import { screen } from './screen.js';

const ESC = '\u001b';
// eslint-disable-next-line no-control-regex -- what must never come through
const DANGEROUS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('text from elsewhere', () => {
  it.each([
    [`${ESC}[31mred${ESC}[0m`, 'red'],
    [`${ESC}]0;title\u0007after`, 'after'],
    [`${ESC}]8;;http://x${ESC}\\link`, 'link'],
    ['a\rb', 'a\\rb'],
    ['a\r\nb', 'a\nb'],
    [`a${ESC}b`, 'a\\x1bb'],
    ['\u009b2J', '\\x9b2J'],
    ['abc\u202edef', 'abc\\u202edef'],
    ['tab\tand\nline', 'tab\tand\nline'],
    ['Grüße, 東京 🙂', 'Grüße, 東京 🙂'],
  ])('%j is shown as %j', (given, shown) => {
    expect(safeText(given)).toBe(shown);
  });

  it('never holds what moves a cursor, and a line never a line end', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        ESC,
        '[',
        ']',
        '3',
        ';',
        'm',
        'H',
        '\u0007',
        '\r',
        '\n',
        '\t',
        '\u009b',
        '\u202e',
        'a',
        '\\',
      ),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        expect(safeText(text)).not.toMatch(DANGEROUS);
        expect(safeLine(text)).not.toMatch(/[\n\t]/);
      }),
    );
  });
});

describe('times and sizes', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [119_999, '119s'],
    [120_000, '2m'],
    [7_199_999, '119m'],
    [7_200_000, '2h'],
    [48 * 3_600_000, '2d'],
    [400 * 86_400_000, '400d'],
  ])('%d ms is %s', (ms, shown) => {
    expect(age(ms)).toBe(shown);
  });

  it('tells how long ago', () => {
    expect(ago(1000, 1500)).toBe('just now');
    expect(ago(0, 180_000)).toBe('3m ago');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_499, '999.5 kB'],
    [2_340_000, '2.3 MB'],
    [5e12, '5.0 TB'],
    [5e15, '5000.0 TB'],
  ])('%d is %s', (number, shown) => {
    expect(bytes(number)).toBe(shown);
  });
});

describe('a table', () => {
  const head = ['NAME', 'MESSAGE'];
  it('has columns as wide as they need, and nothing behind the last', () => {
    expect(
      table(head, [
        ['a-long-name', 'x'],
        ['b', 'two words'],
      ]),
    ).toBe('NAME         MESSAGE\na-long-name  x\nb            two words\n');
  });

  it('cuts the last column to the terminal', () => {
    const lines = table(head, [['a', 'm'.repeat(200)]], { width: 40 }).split('\n');
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect(lines[1]).toMatch(/^a {5}m+…$/);
  });

  it('cuts nothing where there is no terminal', () => {
    expect(table(head, [['a', 'm'.repeat(500)]])).toContain('m'.repeat(500));
  });

  it('keeps a job on its line, whatever its message holds', () => {
    expect(table(head, [['a', `x\ny${ESC}[2Jz`]])).toBe('NAME  MESSAGE\na     x yz\n');
  });

  it('keeps up with ten thousand rows', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => [`job-${index}`, 'finished']);
    expect(table(head, rows, { width: 80 }).split('\n')).toHaveLength(10_002);
  });
});

describe('a problem', () => {
  const problem: Problem = {
    severity: 'error',
    file: '/p/jobs.d/a.yaml',
    line: 3,
    column: 5,
    message: 'the time is wrong',
    value: '"90"',
  };
  it.each([
    ['with its value', problem, 'jobs.d/a.yaml:3:5: error: the time is wrong ("90")'],
    [
      'whose message has the value',
      { ...problem, message: 'the time 90 is wrong' },
      'jobs.d/a.yaml:3:5: error: the time 90 is wrong',
    ],
    [
      'of a file as a whole',
      { severity: 'warning', file: '/elsewhere/x.yaml', message: 'empty' },
      '/elsewhere/x.yaml: warning: empty',
    ],
    [
      'without a column',
      { severity: 'error', file: '/p/a.yaml', line: 2, message: 'x' },
      'a.yaml:2:1: error: x',
    ],
  ] satisfies [string, Problem, string][])('%s', (_, given, line) => {
    expect(problemLine(given, '/p')).toBe(line);
  });

  it('is counted', () => {
    const warning: Problem = { ...problem, severity: 'warning' };
    expect(countProblems([])).toBeUndefined();
    expect(countProblems([problem])).toBe('1 error');
    expect(countProblems([problem, problem, warning])).toBe('2 errors and 1 warning');
  });
});

describe('progress', () => {
  it('tells what moves first', () => {
    expect(phaseCounts(['Succeeded', 'Queued', 'Running', 'Succeeded', 'Failed'])).toBe(
      '1 running, 1 queued, 2 succeeded, 1 failed',
    );
    expect(phaseCounts([])).toBe('');
  });

  it('is plain lines off a terminal, each once', () => {
    const { err, text } = screen();
    const live = progress(err, false);
    live.update('1 queued');
    live.story('a: submitted');
    live.update('1 queued');
    live.update('1 running');
    live.end();
    expect(text()).toBe('1 queued\na: submitted\n1 running\n');
  });

  it('is one line at the foot of a terminal, gone at the end', () => {
    const { err, text } = screen({ columns: 20 });
    const live = progress(err, false);
    live.update('1 queued, and quite a long line');
    live.story('a: submitted');
    live.end();
    const erase = `\r${ESC}[2K`;
    expect(text()).toBe(`1 queued, and quit…${erase}a: submitted\n1 queued, and quit…${erase}`);
  });

  it('is silent with --quiet, but for warnings', () => {
    const { err, text } = screen({ columns: 80 });
    const live = progress(err, true);
    live.update('1 queued');
    live.end();
    expect(text()).toBe('');
    const at = { verbose: false, quiet: true };
    expect(tellsStory({ level: 'warning', text: 'x' }, at)).toBe(true);
    expect(tellsStory({ level: 'info', text: 'x' }, at)).toBe(false);
  });
});

describe('the story', () => {
  it.each([
    [
      { level: 'info', job: 'a', cluster: 'here', text: 'submitted as job 4' },
      'a: submitted as job 4 (here)',
    ],
    [{ level: 'info', job: 'a', cluster: 'here', text: 'finished on here' }, 'a: finished on here'],
    [{ level: 'warning', cluster: 'here', text: `no${ESC}[2J answer` }, 'warning: here: no answer'],
  ] as const)('%j', (line, text) => {
    expect(storyText(line, screen().err)).toBe(text);
  });

  it('has colour on a terminal only, and never with NO_COLOR', () => {
    const line = { level: 'warning', text: 'x' } as const;
    expect(storyText(line, screen({ columns: 80, colour: true }).err)).toContain(ESC);
    for (const quiet of [
      screen({ colour: true }),
      screen({ columns: 80 }),
      screen({ columns: 80, colour: true, env: { NO_COLOR: '1' } }),
    ])
      expect(storyText(line, quiet.err)).toBe('warning: x');
  });
});

describe('results', () => {
  const file = (path: string): { path: string; file: string; size: number; sha256: string } => ({
    path,
    file: `/p/outputs/a/1/${path}`,
    size: 12,
    sha256: '',
  });
  it('are named while they are few, without the logs', () => {
    expect(
      resultLines([{ name: 'a', files: [file('r.txt'), file('logs/stdout')] }], '/p', '/p/outputs'),
    ).toEqual(['a: outputs/a/1/r.txt (12 B)']);
    expect(resultLines([{ name: 'a', files: [file('logs/stdout')] }], '/p', '/p/outputs')).toEqual([
      'a: outputs/a/1/logs/stdout (12 B)',
    ]);
  });

  it('are a folder when they are many, and one line for many jobs', () => {
    const many = Array.from({ length: 20 }, (_, index) => file(`deep/${index}.txt`));
    expect(resultLines([{ name: 'a', files: many }], '/p', '/p/outputs')).toEqual([
      'a: 20 files (240 B) in outputs/a/1/deep/',
    ]);
    const jobs = Array.from({ length: 11 }, (_, index) => ({ name: `j${index}`, files: [file('r')] }));
    expect(resultLines(jobs, '/p', '/p/outputs')).toEqual(['results of 11 jobs: outputs/']);
    expect(resultLines([{ name: 'a', files: [] }], '/p', '/p/outputs')).toEqual([]);
  });
});
