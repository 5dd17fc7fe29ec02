#!/usr/bin/env node
/** argv → command → exit code. Nothing heavy is imported here: `--version` must cost next to nothing. */
import { version } from './version.js';

const [first, ...others] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && others.length === 0) {
  process.stdout.write(`${version()}\n`);
} else {
  const { main } = await import('./cli/run.js');
  process.exitCode = await main(process.argv.slice(2));
}
