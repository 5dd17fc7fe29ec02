/** What Git says is passed on without the logins that it may hold. */
import { expect, it } from 'vitest';
import { troubleOf } from '../../src/git/words.js';

it.each([
  "fatal: could not read Password for 'https://s3cr3t@example.org': terminal prompts disabled",
  "fatal: unable to access 'https://me:s3cr3t@example.org/x.git/': The requested URL returned error: 403",
])('no login in an address is shown: %s', (said) => {
  const { message } = troubleOf('https://example.org/x.git', said);
  expect(message).not.toContain('s3cr3t');
  expect(message).toContain('example.org');
});
