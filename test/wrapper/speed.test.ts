/** What an attempt costs on the login node beyond sbatch itself. Printed; the bound is loose, for noisy machines. */
import { spawnSync } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { attempt, exchange, pack, SHELLS, Site } from './site.js';

const COUNT = 300;
let site: Site;
afterEach(() => {
  site.remove();
});

it.each(SHELLS)('300 attempts under $name', { timeout: 120_000 }, async (shell) => {
  site = new Site(shell);
  site.command('sbatch', 'echo 1');
  const tokens = Array.from({ length: COUNT }, (_, index) => `t.${index}`);
  const payload = pack(Object.assign({}, ...tokens.map((token) => attempt(token))) as Record<string, string>);
  await site.say(exchange());
  const bare = timed(() =>
    spawnSync(
      shell.command[0],
      [...shell.command.slice(1), '-c', bareLoop(site)].filter((word) => word !== '-s'),
    ),
  );
  const all = exchange();
  for (const token of tokens) all.call('claim', token, site.claim(token));
  all.call('claims').call('place');
  all.together(
    'submit',
    tokens.map((token) => [token, `--job-name=${token}`]),
  );
  const started = performance.now();
  const reply = await site.say(all, { payload, delivery: 'present' });
  const took = performance.now() - started;
  expect(reply.all('submitted')).toHaveLength(COUNT);
  const observing = performance.now();
  site.command('squeue', 'true');
  expect(
    (await site.say(exchange().call('observe', '0'), { delivery: 'present' })).all('claim'),
  ).toHaveLength(COUNT);
  const observed = performance.now() - observing;
  const each = (took - bare) / COUNT;
  console.log(
    `${shell.name}: ${each.toFixed(1)} ms an attempt beyond ${(bare / COUNT).toFixed(1)} ms of sbatch; ` +
      `observing ${COUNT} took ${observed.toFixed(0)} ms`,
  );
  expect(each).toBeLessThan(60);
});

function bareLoop(at: Site): string {
  return `n=0; while [ "$n" -lt ${COUNT} ]; do '${at.bin}/sbatch' --parsable --job-name=x >'${at.root}/out' 2>'${at.root}/err' </dev/null; n=$((n + 1)); done`;
}

function timed(run: () => unknown): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}
