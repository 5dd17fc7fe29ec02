/** The API on 127.0.0.1 over a project with a real state and a real writer; the writer is this thread's, and hears when told. */
import { request } from 'node:http';
import type { App } from '../../src/app.js';
import { loadProject } from '../../src/config/project.js';
import { summaryOf } from '../../src/daemon/summary.js';
import { openWorld } from '../../src/daemon/world.js';
import type { HttpOptions } from '../../src/http/app.js';
import { hashPassword, hashToken } from '../../src/http/guard/hashes.js';
import { ownHosts } from '../../src/http/guard/host.js';
import type { PassSummary, World } from '../../src/http/ports.js';
import { type Listening, listen } from '../../src/http/server.js';
import { Desk, inventory } from '../reconcile/desk.js';

export const ANN = `Basic ${Buffer.from('ann:correct horse').toString('base64')}`;
export const READER = 'Bearer reader-token';

/** Fast to take, so that tests are. */
const CHEAP = { ln: 4, r: 1, p: 1 };

/** What of JSON answers the tests look at, whichever of them it is. */
export interface Answered {
  readonly version: number;
  readonly items: readonly [AnsweredItem, ...AnsweredItem[]];
  readonly next: string | null;
  readonly detail: string;
  readonly errors: readonly unknown[];
  readonly mailed: boolean;
  readonly job_uuid: string;
  readonly labels: unknown;
  readonly user_input: unknown;
  readonly job_status: Readonly<Record<string, readonly string[]>>;
  readonly destination_cluster: unknown;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-role': string }>>>>;
}

export interface AnsweredItem {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly status: Readonly<Record<'AVAIL' | 'reach', unknown>>;
  readonly reported: { readonly status: Readonly<Record<'AVAIL', unknown>> };
}

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Answered;
}

export interface Call {
  readonly method?: string;
  /** `Authorization`; ann's when left out, none when null. */
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is. */
  readonly body?: unknown;
}

export class Site {
  readonly desk: Desk;
  readonly app: App;
  readonly world: World;
  /** What is served, for another server of it. */
  readonly served: HttpOptions;
  readonly #close: () => void;
  readonly #listening: Listening;
  /** What was written to the log. */
  readonly lines: string[];
  /** URLs of the sources that were woken, one list a time. */
  readonly woken: (readonly string[])[] = [];
  /** A writer that is busy hears nobody. */
  isDeaf = false;
  #lastPass: PassSummary | undefined;
  readonly #listeners: ReadonlySet<() => void>;
  #working: Promise<unknown> = Promise.resolve();

  private constructor(
    desk: Desk,
    app: App,
    opened: { world: World; close: () => void; served: HttpOptions },
    listening: Listening,
    lines: string[],
    listeners: ReadonlySet<() => void>,
  ) {
    this.desk = desk;
    this.app = app;
    this.world = opened.world;
    this.served = opened.served;
    this.#close = opened.close;
    this.#listening = listening;
    this.lines = lines;
    this.#listeners = listeners;
  }

  /** @param settings further lines of sluice.yaml */
  static async open(
    files: Readonly<Record<string, string>> = {},
    options: {
      readonly settings?: string;
      /** In place of the users. */
      readonly http?: string;
      /** Further lines below `http:`. */
      readonly below?: string;
      readonly patienceMs?: number;
      readonly env?: NodeJS.ProcessEnv;
    } = {},
  ): Promise<Site> {
    const users =
      options.http ??
      `http:
  users:
    - {name: ann, role: write, password_hash: "${await hashPassword('correct horse', CHEAP)}"}
    - {name: reader, role: read, token_hash: "${hashToken('reader-token')}"}
${options.below ?? ''}`;
    const settings = `installation: desk\n${users}${options.settings ?? ''}`;
    const desk = new Desk({ 'sluice.yaml': settings, 'clusters.yaml': inventory(), ...files });
    desk.trustsMailServer = true;
    const app = await desk.open('write');
    const at: { site?: Site } = {};
    const lines: string[] = [];
    const listeners = new Set<() => void>();
    const project = loadProject(desk.directory);
    const opened = openWorld(`${desk.directory}/.sluice`, {
      project: () => project,
      installation: 'desk',
      now: () => Date.now() + desk.ahead,
      patienceMs: options.patienceMs ?? 5_000,
      env: { ...process.env, ...options.env },
      warn: (text) => void lines.push(JSON.stringify({ level: 'warn', message: text })),
      writer: {
        tell: (kind) => at.site?.hear(kind),
        wakeSources: (urls) => void at.site?.woken.push([...urls]),
        onNews: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        logs: (uuid, query) => app.tail(uuid, query),
        script: (uuid) => {
          const record = app.store.records.byUuid(uuid);
          return Promise.resolve(record && app.scriptOf(record));
        },
        get lastPass() {
          return at.site?.lastPass;
        },
      },
    });
    const log = (level: string) => (fields: object, message: string) =>
      void lines.push(JSON.stringify({ level, ...fields, message }));
    const hosts = ownHosts('127.0.0.1', ['sluice.example.org']);
    const served: HttpOptions = {
      world: opened.world,
      hosts: () => hosts,
      version: '0.0.0',
      log: { debug: log('debug'), info: log('info'), error: log('error') },
    };
    const listening = await listen(served, { host: '127.0.0.1', port: 0 });
    const site = new Site(desk, app, { ...opened, served }, listening, lines, listeners);
    at.site = site;
    return site;
  }

  get lastPass(): PassSummary | undefined {
    return this.#lastPass;
  }

  get port(): number {
    return this.#listening.port;
  }

  /** As the loop does: what was asked, then a pass where one is wanted. */
  hear(kind: 'wake' | 'knock'): void {
    if (this.isDeaf) return;
    this.#working = this.#working.then(async () => {
      if (kind === 'wake' || this.app.hear()) await this.pass();
    });
  }

  async pass(): Promise<void> {
    const began = performance.now();
    const report = await this.app.look();
    this.#lastPass = summaryOf(this.app.project, report, performance.now() - began);
    this.tellNews();
  }

  /** As the writer does after a pass. */
  tellNews(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Passes until it is so. */
  async until(so: () => boolean): Promise<void> {
    while (!so()) {
      await this.pass();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A request as it is written, also such as fetch would mend. */
  call(path: string, { method = 'GET', as = ANN, headers = {}, body }: Call = {}): Promise<Got> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path,
          method,
          headers: {
            ...(as === null ? {} : { authorization: as }),
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
            ...headers,
          },
        },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.on('error', reject);
          answer.on('end', () => {
            const got = Buffer.concat(parts).toString('utf8');
            const isJson = (answer.headers['content-type'] ?? '').includes('json');
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers as Got['headers'],
              text: got,
              json: (isJson && got !== '' ? JSON.parse(got) : {}) as Answered,
            });
          });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }

  put(path: string, body: unknown, more: Call = {}): Promise<Got> {
    return this.call(path, { method: 'PUT', body, ...more });
  }

  post(path: string, body: unknown, more: Call = {}): Promise<Got> {
    return this.call(path, { method: 'POST', body, ...more });
  }

  async leave(): Promise<void> {
    await this.#listening.close(0);
    await this.#working.catch(() => undefined);
    this.#close();
    await this.app.close();
    await this.desk.leave();
  }
}
