/** Values that attack: what is no command is never run, and no line of a script is another's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JobDirectory, runScript } from './bash.js';

let job: JobDirectory;
beforeEach(async () => {
  job = await JobDirectory.make();
});
afterEach(() => job.remove());

const ATTACKS: readonly ((command: string) => string)[] = [
  (command) => `$(${command})`,
  (command) => `\`${command}\``,
  (command) => `; ${command} #`,
  (command) => `'; ${command}; '`,
  (command) => `"; ${command}; "`,
  (command) => `\n${command}\n`,
  (command) => `\r\n#SBATCH --wrap=x\n${command}\n`,
  (command) => `\\'; ${command} #`,
  (command) => `-e && ${command}`,
  (command) => `a[$(${command})]`,
];

it.each(['batch', 'step'] as const)(
  'the environment of a %s runs nothing and comes as it is',
  async (kind) => {
    const canary = join(job.path, 'CANARY');
    const values = ATTACKS.map((attack) => attack(`touch '${canary}'`));
    const environment = Object.fromEntries(values.map((value, index) => [`V${index}`, value]));
    const items = values.map((_, index) => `printf '%s\\0' "$V${index}"`);
    const path = await job[kind](items, { environment });
    const ended = await runScript(path);
    expect(ended).toMatchObject({ code: 0, stdout: values.map((value) => `${value}\0`).join('') });
    expect(existsSync(canary)).toBe(false);
  },
);
