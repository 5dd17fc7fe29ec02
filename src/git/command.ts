/** The only door to simple-git. */
import type { SimpleGit, SimpleGitOptions } from 'simple-git';

/** What its environment may say is decided in `environment.ts`; all else that it guards against stays forbidden. */
const GRANTED: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeSshCommand: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeCredentialHelper: true,
};

/** By itself it takes a command that fails without a word for one that went well. */
const failureOf: NonNullable<SimpleGitOptions['errors']> = (error, { exitCode, stdErr }) => {
  if (error !== undefined || exitCode === 0) return error;
  return stdErr.length > 0 ? Buffer.concat(stdErr) : Buffer.from(`exit code ${exitCode}`);
};

/**
 * Loaded when it is first needed, so that projects without Git do not pay for it.
 * @param folder Git's own folder of a repository; it is worked in where `more` names no other `baseDir`
 */
export async function gitIn(
  folder: string,
  environment: Readonly<Record<string, string>>,
  more: Partial<SimpleGitOptions> = {},
): Promise<SimpleGit> {
  const { simpleGit } = await import('simple-git');
  const own = { ...environment, GIT_DIR: folder };
  const options = { baseDir: folder, unsafe: GRANTED, allowEnvironment: Object.keys(own), errors: failureOf };
  return simpleGit({ ...options, ...more }).env(own);
}
