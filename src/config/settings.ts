/** `sluice.yaml`: settings, every one of them optional. */
import { homedir } from 'node:os';
import { sortProblems } from '../documents/problem.js';
import { nodeFiles } from '../documents/node-files.js';
import type { SourceDocument } from '../documents/parse.js';
import { localPath } from '../manifest/job-source.js';
import { compact } from '../manifest/resources.js';
import type { Problem, SecretRef } from '../model/job.js';
import type { HttpSettings, Settings, SmtpSettings, SourceSettings } from '../model/settings.js';
import { configProblem, readOneDocument, seconds, type ConfigContext } from './common.js';
import { checkGitSource } from './git-source.js';
import type { SettingsFile } from './sluice.generated.js';

export interface ReadSettings {
  /** With the defaults in place of what is bad. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

const DAY = 86_400;

/** @param file absolute path, also where there is no such file: paths are relative to its directory */
export function readSettings(
  text: string,
  file: string,
  context: ConfigContext = { files: nodeFiles, home: homedir() },
): ReadSettings {
  const read = readOneDocument(file, text, 'sluice');
  // The schema has seen it: this is the edge where its type is vouched for.
  const raw = (read.value ?? {}) as SettingsFile;
  const problems = [
    ...read.problems,
    ...checkSources(raw, read.document),
    ...checkSmtp(raw, read.document),
    ...checkUsers(raw, read.document),
    ...checkWebhook(raw, read.document),
  ];
  return { settings: toSettings(raw, file, context.home), problems: sortProblems(problems) };
}

function checkSources(raw: SettingsFile, document: SourceDocument): Problem[] {
  return (raw.sources ?? []).flatMap((source, index) => {
    const path = ['sources', String(index)];
    const { directory, git, ...rest } = source;
    if ((directory === undefined) === (git === undefined)) {
      return [configProblem(document, path, `source ${index + 1} needs either directory or git`)];
    }
    if (directory === undefined) return checkGitSource(source, index, document);
    return Object.keys(rest).map((key) =>
      configProblem(document, [...path, key], `${key} is for Git sources; take it out`, { what: 'key' }),
    );
  });
}

function checkSmtp({ smtp }: SettingsFile, document: SourceDocument): Problem[] {
  if (smtp === undefined) return [];
  const problems: Problem[] = [];
  if (typeof smtp.password === 'string')
    problems.push(writtenOut('the password', ['smtp', 'password'], document));
  const { username, password } = smtp;
  if ((username === undefined) !== (password === undefined)) {
    const [there, missing] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    const message = `smtp has a ${there} and no ${missing}, so nobody would log in; add it, or take the ${there} out`;
    problems.push(configProblem(document, ['smtp', there], message, { what: 'key' }));
  }
  const here = ['localhost', '127.0.0.1', '::1'].includes(smtp.host);
  if (smtp.tls === 'none' && !here) {
    problems.push(
      configProblem(
        document,
        ['smtp', 'tls'],
        `smtp.tls is none, and ${smtp.host} is not this machine; mail would go in the clear`,
      ),
    );
  }
  return problems;
}

function checkUsers({ http }: SettingsFile, document: SourceDocument): Problem[] {
  const problems = (http?.users ?? []).flatMap((user, index) => {
    if (user.password_hash !== undefined || user.token_hash !== undefined) return [];
    return [
      configProblem(
        document,
        ['http', 'users', String(index)],
        `user ${user.name} has neither password_hash nor token_hash`,
      ),
    ];
  });
  const { port } = listenAt(http?.listen);
  if (port < 1 || port > 65_535)
    problems.push(
      configProblem(
        document,
        ['http', 'listen'],
        `http.listen has the port ${port}; they go from 1 to 65535`,
      ),
    );
  return problems;
}

function checkWebhook({ http }: SettingsFile, document: SourceDocument): Problem[] {
  if (typeof http?.webhook_secret !== 'string') return [];
  return [writtenOut('the secret', ['http', 'webhook_secret'], document)];
}

function writtenOut(what: string, path: readonly string[], document: SourceDocument): Problem {
  const message = `${what} stands here in the clear; better {env: NAME} or {file: PATH}, and never in Git`;
  return configProblem(document, path, message, { severity: 'warning', what: 'key' });
}

function toSettings(raw: SettingsFile, file: string, home: string): Settings {
  const local = (text: string): string => localPath(text, file, home);
  return {
    ...compact({ installation: raw.installation, smtp: toSmtp(raw, file, home) }),
    sources: (raw.sources ?? [{ directory: 'jobs.d' }]).flatMap((source) => toSource(source, local)),
    state:
      raw.state === 'none' ? { kind: 'none' } : { kind: 'directory', path: local(raw.state ?? '.sluice') },
    outputs: local(raw.outputs ?? 'outputs'),
    modules: local(raw.modules ?? 'modules'),
    http: toHttp(raw, file, home),
    intervals: {
      resyncSeconds: seconds(raw.intervals?.resync) ?? 300,
      pollSeconds: seconds(raw.intervals?.poll) ?? 60,
    },
    retention: {
      succeededSeconds: seconds(raw.retention?.succeeded) ?? 7 * DAY,
      otherwiseSeconds: seconds(raw.retention?.otherwise) ?? 30 * DAY,
    },
  };
}

type RawSource = NonNullable<SettingsFile['sources']>[number];

function toSource(raw: RawSource, local: (text: string) => string): SourceSettings[] {
  if (raw.directory !== undefined) return [{ kind: 'directory', path: local(raw.directory) }];
  if (raw.git === undefined) return [];
  return [
    {
      kind: 'git',
      url: raw.git,
      ...compact({ ref: raw.ref }),
      path: raw.path ?? 'jobs.d',
      intervalSeconds: seconds(raw.interval) ?? 60,
      trust: raw.trust ?? [],
    },
  ];
}

function toSmtp({ smtp }: SettingsFile, file: string, home: string): SmtpSettings | undefined {
  if (smtp === undefined) return undefined;
  const { host, port, from, username, password } = smtp;
  return {
    host,
    from,
    tls: smtp.tls ?? 'required',
    ...compact({ port, username, password: toSecret(password, ['smtp', 'password'], file, home) }),
  };
}

function toSecret(
  raw: string | { readonly env?: string; readonly file?: string } | undefined,
  key: readonly string[],
  file: string,
  home: string,
): SecretRef | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw === 'string') return { from: 'document', path: file, document: 0, key };
  if (raw.env !== undefined) return { from: 'env', name: raw.env };
  return raw.file === undefined ? undefined : { from: 'file', path: localPath(raw.file, file, home) };
}

function toHttp({ http }: SettingsFile, file: string, home: string): HttpSettings {
  const users = (http?.users ?? []).map(
    ({ name, role, password_hash: passwordHash, token_hash: tokenHash }) => ({
      name,
      role,
      ...compact({ passwordHash, tokenHash }),
    }),
  );
  return {
    ...listenAt(http?.listen),
    users,
    hosts: http?.hosts ?? [],
    trust: http?.trust ?? [],
    ...compact({
      webhookSecret: toSecret(http?.webhook_secret, ['http', 'webhook_secret'], file, home),
    }),
  };
}

function listenAt(listen = '127.0.0.1:7676'): { host: string; port: number } {
  const colon = listen.lastIndexOf(':');
  return { host: listen.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(listen.slice(colon + 1)) };
}
