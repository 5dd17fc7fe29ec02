/** A repository that is served on this machine, to whoever asks, by HTTPS or from its folder. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { removeFolder } from '../tools/remove.js';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../notify/fixtures', name));

export class ServedRepository {
  /** Below it `test.git` and its submodule `lib.git`, bare. */
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-served-'));
  readonly requests: string[] = [];
  #server: Server | undefined;
  port = 0;

  /** @returns the hash of the commit that HEAD names; @param files of `test.git`, executable where they begin with `#!` */
  commit(files: Readonly<Record<string, string>>): string {
    const [main, lib] = ['test', 'lib'].map((name) => join(this.folder, name)) as [string, string];
    git(this.folder, 'init', '-q', 'lib');
    writeFileSync(join(lib, 'lib.txt'), 'of the submodule\n');
    git(lib, 'add', '-A');
    git(lib, 'commit', '-qm', 'lib');
    git(this.folder, 'clone', '-q', '--bare', 'lib', 'lib.git');
    git(this.folder, 'init', '-q', 'test');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(main, name)), { recursive: true });
      writeFileSync(join(main, name), text);
      if (text.startsWith('#!')) chmodSync(join(main, name), 0o755);
    }
    git(main, 'submodule', '--quiet', 'add', join(this.folder, 'lib.git'), 'lib');
    // Beside it, wherever it is cloned from.
    git(main, 'config', '-f', '.gitmodules', 'submodule.lib.url', '../lib.git');
    git(main, 'add', '-A');
    git(main, 'commit', '-qm', 'test');
    git(main, 'tag', 'v1');
    git(this.folder, 'clone', '-q', '--mirror', 'test', 'test.git');
    for (const bare of ['lib.git', 'test.git']) git(join(this.folder, bare), 'update-server-info');
    return git(main, 'rev-parse', 'HEAD');
  }

  async start(): Promise<this> {
    const server = createServer(
      { key: fixture('localhost.key.pem'), cert: fixture('localhost.cert.pem') },
      (request, response) => {
        this.requests.push(request.url ?? '');
        const path = join(this.folder, new URL(request.url ?? '/', 'http://x').pathname);
        if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) response.end(readFileSync(path));
        else response.writeHead(404).end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  get url(): string {
    return `https://localhost:${this.port}/test.git`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
    removeFolder(this.folder);
  }
}

function git(cwd: string, ...words: readonly string[]): string {
  const env = {
    ...process.env,
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
    ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  };
  const all = ['-c', 'protocol.file.allow=always', '-c', 'init.defaultBranch=main', ...words];
  return execFileSync('git', all, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
