/** A login node in a temporary directory: a home with a space in its name, commands of our own on the PATH, real shells. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Frame, FrameReader } from '../../src/protocol/frames.js';
import {
  type Delivery,
  Exchange,
  type WrapperProgram,
  wrapperParts,
  wrapperProgram,
} from '../../src/protocol/script.js';
import { removeFolder } from '../tools/remove.js';

/** A shell that clusters have; `sh` is what `sh` on the PATH shall be, so that detached shells are of the same make. */
export interface Shell {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly sh: string;
}

const ALL_SHELLS: readonly Shell[] = [
  { name: 'dash', command: ['dash', '-s'], sh: 'dash' },
  { name: 'bash --posix', command: ['bash', '--posix', '-s'], sh: 'bash' },
  { name: 'bash', command: ['bash', '-s'], sh: 'bash' },
  { name: 'busybox sh', command: ['busybox', 'sh', '-s'], sh: 'busybox' },
];

function which(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(':')
    .map((each) => join(each, program))
    .find((each) => existsSync(each));
}

/** Those that this machine has; dash and bash it must have. */
export const SHELLS: readonly Shell[] = ALL_SHELLS.filter((shell) => which(shell.command[0]) !== undefined);
export const DASH = named('dash');

export function named(name: string): Shell {
  const shell = SHELLS.find((each) => each.name === name);
  if (!shell) throw new Error(`these tests need ${name} on the PATH`);
  return shell;
}

const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65534;

export type Part = 'slurm.sh' | 'direct.sh';

export function program(part: Part): WrapperProgram {
  const text = (name: string): string =>
    readFileSync(new URL(`../../wrapper/${name}`, import.meta.url), 'utf8');
  return wrapperProgram(wrapperParts(part).map(text));
}

export interface SayOptions {
  readonly part?: Part;
  readonly shell?: Shell;
  readonly delivery?: Delivery;
  readonly installation?: string;
  /** Sent when the wrapper says that it is ready. */
  readonly payload?: Buffer;
  /** The last verb streams. */
  readonly bulk?: boolean;
  /** Put before the script, as a profile would run it. */
  readonly profile?: string;
  /** Only so many bytes of the script are sent. */
  readonly cutAt?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly claimsDir?: string;
  readonly workDir?: string;
  readonly nonce?: string;
  /** As a user whom modes bind; see {@link Site.asUser}. */
  readonly user?: boolean;
  /** Runs the shell, as `unshare -m …`. */
  readonly through?: readonly string[];
  readonly onStart?: (child: ChildProcessWithoutNullStreams) => void;
}

export interface Said {
  readonly frames: readonly Frame[];
  readonly complete: boolean;
  readonly stream: Buffer;
  readonly errors: string;
  readonly code: number | null;
  /** The words of all frames of one kind. */
  all(kind: string): string[];
}

export class Site {
  readonly root = mkdtempSync(join(tmpdir(), 'sluice-wrapper-'));
  readonly home = join(this.root, 'ho me');
  readonly bin = join(this.root, 'bin');
  readonly claims = join(this.home, '.sluice');
  readonly work = join(this.home, '.sluice', 'work');
  readonly shell: Shell;

  constructor(shell: Shell = DASH) {
    this.shell = shell;
    mkdirSync(this.home);
    mkdirSync(this.bin);
    if (shell.name === 'bash') this.command('sh', 'exec bash "$@"', '/bin/bash');
    else symlinkSync(which(shell.sh) ?? shell.sh, join(this.bin, 'sh'));
  }

  /** A command on the PATH of this login node. */
  command(name: string, body: string, interpreter = '/bin/sh'): void {
    writeFileSync(join(this.bin, name), `#!${interpreter}\n${body}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { HOME: this.home, PATH: `${this.bin}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C.UTF-8', ...more };
  }

  inst(...names: readonly string[]): string {
    return join(this.claims, 'inst', ...names);
  }
  job(token: string, ...names: readonly string[]): string {
    return join(this.work, token, ...names);
  }

  /** The claim of a token, as the near half writes it. */
  claim(token: string, nonce = randomBytes(6).toString('hex')): string {
    return `sluice-claim 1 ${nonce}\ndirectory ${this.job(token)}\nfacts {}\nend\n`;
  }

  script(exchange: Exchange, options: SayOptions, nonce: string): string {
    const head = {
      nonce,
      installation: options.installation ?? 'inst',
      claimsDir: options.claimsDir ?? '~/.sluice',
      workDir: options.workDir ?? '~/.sluice/work',
    };
    return exchange.render(
      head,
      program(options.part ?? 'slurm.sh'),
      options.delivery ?? 'install',
      options.bulk ?? false,
    );
  }

  /** One exchange with this login node. */
  async say(exchange: Exchange, options: SayOptions = {}): Promise<Said> {
    const nonce = options.nonce ?? randomBytes(9).toString('hex');
    const script = Buffer.from((options.profile ?? '') + this.script(exchange, options, nonce));
    const [command = '', ...words] = [...(options.through ?? []), ...(options.shell ?? this.shell).command];
    const child = spawn(command, words, {
      cwd: this.home,
      env: this.environment(options.env),
      ...(options.user && IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    child.stdin.on('error', () => undefined);
    const stream: Buffer[] = [];
    const reader = new FrameReader(nonce, {
      onReady: () => child.stdin.end(options.payload ?? Buffer.alloc(0)),
      onStream: (chunk) => void stream.push(chunk),
    });
    const errors: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    options.onStart?.(child);
    child.stdin.write(script.subarray(0, options.cutAt));
    if (options.payload === undefined || options.cutAt !== undefined) child.stdin.end();
    const code = new Promise<number | null>((resolve, reject) => {
      child.on('close', resolve);
      child.on('error', reject);
    });
    for await (const chunk of child.stdout) await reader.push(chunk as Buffer);
    return said(reader, Buffer.concat(stream), Buffer.concat(errors).toString(), await code);
  }

  /** All of it belongs to a user whom modes bind, as they do not bind root. */
  asUser(): void {
    if (IS_ROOT) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, this.root]);
  }

  /** Everything on this login node below its home, sorted. */
  files(): string[] {
    return readdirSync(this.home, { recursive: true, encoding: 'utf8' }).sort();
  }

  remove(): void {
    removeFolder(this.root);
  }
}

function said(reader: FrameReader, stream: Buffer, errors: string, code: number | null): Said {
  const all = (kind: string): string[] =>
    reader.frames.filter((each) => each.kind === kind).map((each) => each.rest);
  return { frames: reader.frames, complete: reader.complete, stream, errors, code, all };
}

/** Files by name, packed as the near half sends them. */
export function pack(files: Readonly<Record<string, string>>): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-pack-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, { mode: 0o755 });
  }
  const packed = spawnSync('tar', ['-czf', '-', '-C', directory, '.'], { maxBuffer: 1 << 28 });
  rmSync(directory, { recursive: true });
  if (packed.status !== 0) throw new Error(packed.stderr.toString());
  return packed.stdout;
}

/** What an attempt's directory holds when it is placed. */
export function attempt(
  token: string,
  script = '#!/bin/bash\ntrue\n',
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const files: Record<string, string> = {
    '.sluice/script': script,
    'work/.keep': '',
    'logs/.keep': '',
    ...more,
  };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${token}/${name}`, text]));
}

/** Looks again until something holds; on this machine anything may take a while. */
export async function until<T>(look: () => T | Promise<T>, seconds = 30): Promise<NonNullable<T>> {
  for (const end = Date.now() + seconds * 1000; ;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`nothing came within ${seconds} s: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A file's text, or nothing. */
export function read(...names: readonly string[]): string {
  const file = join(...names);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

export const exchange = (): Exchange => new Exchange();
