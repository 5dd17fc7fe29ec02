/**
 * Builds the script of one exchange: a single function, called in its last line, so that a cut stream runs nothing.
 * Values go in only through {@link quote}.
 */
import { createHash } from 'node:crypto';
import { quote } from '../shell/quote.js';

/** The wrapper that an exchange runs, as one text of function definitions. */
export interface WrapperProgram {
  readonly text: string;
  /** SHA-256 of the text, lower-case hexadecimal: its name on the cluster. */
  readonly digest: string;
}

/** The files of `wrapper/` that are sent, in their order. @param managerPart of the workload manager, `slurm.sh` */
export function wrapperParts(managerPart: string): readonly string[] {
  return ['core.sh', 'submit.sh', 'results.sh', 'steps.sh', 'doctor.sh', managerPart];
}

/** @param parts the texts of {@link wrapperParts} */
export function wrapperProgram(parts: readonly string[]): WrapperProgram {
  const text = `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`;
  return { text, digest: createHash('sha256').update(text).digest('hex') };
}

/**
 * How the wrapper gets there.
 * - `inline`: its text stands in the script and nothing is written there (a plan).
 * - `install`: its text is sent and kept under its digest.
 * - `present`: it was seen there; if it is gone, the reply says `missing` and nothing ran.
 */
export type Delivery = 'inline' | 'install' | 'present';

export interface ExchangeHead {
  readonly nonce: string;
  readonly installation: string;
  /** As the inventory has it: may begin with `~` or one `$VARIABLE`; expanded there. */
  readonly claimsDir: string;
  readonly workDir: string;
}

/** The verbs of one exchange in their order. Each call is a verb and its words, still unquoted. */
export class Exchange {
  readonly #calls: string[] = [];

  call(verb: string, ...args: readonly string[]): this {
    this.#calls.push([`sluice_${verb}`, ...args.map(quote)].join(' '));
    return this;
  }

  /**
   * Calls of a verb that the wrapper may make side by side, in the function that `sluice_<verb>s` goes through.
   * @param calls the words of each
   */
  together(verb: string, calls: readonly (readonly string[])[]): this {
    if (calls.length === 0) return this;
    const turns = calls.map((args) => [`sluice_${verb}`, ...args.map(quote)].join(' '));
    this.#calls.push(['sluice_turns() {', ...turns, '}', `sluice_${verb}s`].join('\n'));
    return this;
  }

  get empty(): boolean {
    return this.#calls.length === 0;
  }

  /** @param bulk the last verb streams, so there is no `bye` after it. */
  render(head: ExchangeHead, program: WrapperProgram, delivery: Delivery, bulk = false): string {
    const begin = ['sluice_begin', head.nonce, head.installation, head.claimsDir, head.workDir];
    return [
      'sluice_exchange() {',
      ...load(head, program, delivery),
      `${begin.map((word, index) => (index === 0 ? word : quote(word))).join(' ')} || return 1`,
      ...this.#calls.map((call) => `${call} || return 1`),
      ...(bulk ? [] : ['sluice_bye']),
      '}',
      'sluice_exchange; exit',
      '',
    ].join('\n');
  }
}

function load(head: ExchangeHead, program: WrapperProgram, delivery: Delivery): string[] {
  if (delivery === 'inline') return ['sl_program=', program.text];
  const setClaims = expandClaims(head.claimsDir);
  const file = '"$sluice_claims_root/wrapper/' + program.digest + '"';
  if (delivery === 'present') {
    return [
      ...setClaims,
      `if [ ! -r ${file} ]; then printf '\\n@%s missing\\n' ${quote(head.nonce)}; return 0; fi`,
      `sl_program=${file}`,
      '. "$sl_program"',
    ];
  }
  const end = `SLUICE_WRAPPER_${head.nonce}`;
  return [
    program.text,
    ...setClaims,
    `sluice_install ${program.digest} "$sluice_claims_root" ${quote(head.nonce)} <<'${end}' || return 1`,
    program.text.trimEnd(),
    end,
  ];
}

/** The same expansion that `sluice_begin` does, before there is a wrapper to do it. */
function expandClaims(claimsDir: string): string[] {
  const leading = /^(~|\$[A-Za-z_][A-Za-z0-9_]*)(\/.*)?$/.exec(claimsDir);
  if (!leading) return [`sluice_claims_root=${quote(claimsDir)}`];
  const [, head = '', tail = ''] = leading;
  const variable = head === '~' ? 'HOME' : head.slice(1);
  return [`sluice_claims_root="\${${variable}-}"${quote(tail)}`];
}
