/** The Koa application: guards, routes, and every error as a problem document. */
import { Readable } from 'node:stream';
import Router from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { readBody, readBytes } from './body.js';
import { describeApi } from './document.js';
import { etagOf } from './etag.js';
import { assertHost, assertSameSite } from './guard/host.js';
import { assertMay, Login, type User } from './guard/login.js';
import { Metrics } from './metrics.js';
import { problemPage } from './pages.js';
import { readParameters } from './parameters.js';
import type { World } from './ports.js';
import { HttpProblem, PROBLEM_TYPE, problemDocument } from './problem.js';
import type { Ask, Reply, Route } from './route.js';
import { clusterRoutes } from './routes/clusters.js';
import { hookRoutes } from './routes/hooks.js';
import { JOBS } from './routes/jobs.js';
import { PAGES } from './routes/pages.js';
import { reportRoutes } from './routes/reports.js';
import { serviceRoutes } from './routes/service.js';
import { storyRoutes } from './routes/story.js';

/** Constant messages with fields; never a credential. */
export interface HttpLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HttpOptions {
  readonly world: World;
  /** Names under which it answers. */
  readonly hosts: () => ReadonlySet<string>;
  readonly log: HttpLog;
  readonly version: string;
}

interface State {
  route: string;
  user?: User;
}

type Context = Koa.ParameterizedContext<State>;

export function createApp({ world, hosts, log, version }: HttpOptions): Koa<State> {
  const clock = (): number => performance.now();
  const metrics = new Metrics(world);
  const login = new Login(world.users, clock);
  const routes = allRoutes(metrics, version);
  const app = new Koa<State>();
  // What goes wrong after the head was sent: mostly somebody who went away.
  app.on('error', (error: unknown) => {
    log.debug({ error: wordsOf(error) }, 'an answer broke off');
  });
  app.use(told(metrics, log));
  app.use(SECURE_HEADERS);
  app.use(async (ctx, next) => {
    assertHost(ctx.get('host') || undefined, hosts());
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      const [origin, site] = [ctx.get('origin') || undefined, ctx.get('sec-fetch-site')];
      assertSameSite({ origin, site }, hosts());
    }
    await next();
  });
  const router = new Router<State>();
  for (const route of routes) router[route.method](pathOf(route), handlerOf(route, world, login));
  app.use(router.routes());
  app.use((ctx) => {
    const methods = new Set(router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods));
    if (methods.size === 0) throw new HttpProblem(404, `there is nothing at ${ctx.path.slice(0, 200)}`);
    const allow = [...methods].join(', ');
    throw new HttpProblem(405, `${ctx.method} is not for ${ctx.path.slice(0, 200)}; there are ${allow}`, {
      headers: { allow },
    });
  });
  return app;
}

export function allRoutes(metrics: Metrics, version: string): readonly Route[] {
  const clock = (): number => performance.now();
  const routes: Route[] = [];
  let described: object | undefined;
  const describe = (): object => (described ??= describeApi(routes, version));
  routes.push(
    ...PAGES,
    ...clusterRoutes(clock),
    ...JOBS,
    ...reportRoutes(clock),
    ...storyRoutes(),
    ...hookRoutes(clock),
  );
  routes.push(...serviceRoutes(metrics, describe));
  return routes;
}

/** `/jobs/{id}` → `/jobs/:id`; a parameter called `path` takes slashes too. */
function pathOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'path' ? '*path' : `:${name}`));
}

function handlerOf(route: Route, world: World, login: Login) {
  return async (ctx: Context & { readonly params: Readonly<Record<string, string>> }): Promise<void> => {
    ctx.state.route = route.path;
    const address = ctx.req.socket.remoteAddress ?? '';
    const identified = route.role === 'anyone' ? NOBODY : login.identify(ctx.get('authorization'), address);
    const user = identified instanceof Promise ? await identified : identified;
    ctx.state.user = user;
    if (route.role !== 'anyone') assertMay(user, route.role);
    const values = readParameters(route.operation, ctx.params, new URLSearchParams(ctx.querystring));
    const schema = route.operation.body?.schema;
    const isRead = schema !== undefined && route.readsBody !== true;
    const body = isRead ? await readBody(ctx, schema) : undefined;
    send(ctx, await route.handle(new Asked(ctx, world, user, values, body)));
  };
}

const NOBODY: User = { name: '', role: 'read' };

class Asked implements Ask {
  readonly #ctx: Context;
  readonly world: World;
  readonly user: User;
  readonly address: string;
  readonly values: Ask['values'];
  readonly body: unknown;
  #gone: AbortController | undefined;

  constructor(ctx: Context, world: World, user: User, values: Ask['values'], body: unknown) {
    this.#ctx = ctx;
    this.world = world;
    this.user = user;
    this.address = ctx.req.socket.remoteAddress ?? '';
    this.values = values;
    this.body = body;
  }

  get search(): string {
    return this.#ctx.querystring;
  }

  get wantsPage(): boolean {
    return wantsPage(this.#ctx);
  }

  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      const gone = new AbortController();
      this.#ctx.res.once('close', () => gone.abort());
      this.#gone = gone;
    }
    return this.#gone.signal;
  }

  readonly header = (name: string): string | undefined => this.#ctx.get(name) || undefined;
  readonly read: Ask['read'] = (mostBytes, late) => readBytes(this.#ctx.req, mostBytes, late);
}

function send(ctx: Context, { status = 200, body, type, headers = {} }: Reply): void {
  ctx.status = status;
  ctx.set('cache-control', 'private, no-cache');
  ctx.vary('Accept');
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value);
  if (body instanceof Readable) {
    const length = headers['content-length'];
    ctx.type = type ?? 'application/octet-stream';
    ctx.body = body;
    if (length !== undefined) ctx.length = Number(length);
    return;
  }
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  ctx.type = type ?? 'application/json; charset=utf-8';
  ctx.body = text;
  if (status !== 200 || ctx.method === 'PUT' || ctx.method === 'POST') return;
  ctx.set('etag', headers['etag'] ?? etagOf(text.toString()));
  if (ctx.fresh) ctx.status = 304;
}

/** Errors become problem documents; each request is told to the log and to the metrics. */
function told(metrics: Metrics, log: HttpLog) {
  return async (ctx: Context, next: Koa.Next): Promise<void> => {
    const began = performance.now();
    ctx.state.route = '';
    try {
      await next();
    } catch (error) {
      sendProblem(ctx, problemOf(error, ctx, log));
    }
    const seconds = (performance.now() - began) / 1000;
    const { method, status, state } = ctx;
    metrics.answered(method, state.route, status, seconds);
    const changes = method !== 'GET' && method !== 'HEAD';
    const fields = { method, path: ctx.path, status, user: state.user?.name, ms: Math.round(seconds * 1000) };
    if (changes || status === 401 || status === 429) log.info(fields, 'request');
    else log.debug(fields, 'request');
  };
}

function problemOf(error: unknown, ctx: Context, log: HttpLog): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (status >= 400 && status < 500) return new HttpProblem(status, wordsOf(error));
  const { method, path } = ctx;
  log.error(
    { method, path, error: wordsOf(error), stack: error instanceof Error ? error.stack : undefined },
    'error',
  );
  if (error instanceof Error && error.name === 'StoreError' && 'kind' in error && error.kind === 'busy')
    return new HttpProblem(503, 'the state is busy; try again', { headers: { 'retry-after': '1' } });
  return new HttpProblem(500, 'something went wrong here; the log of Sluice says what');
}

function sendProblem(ctx: Context, problem: HttpProblem): void {
  // What was set for the good answer is not of this one.
  for (const name of ['content-disposition', 'etag', 'location']) ctx.remove(name);
  ctx.status = problem.status;
  ctx.set('cache-control', 'no-store');
  for (const [name, value] of Object.entries(problem.extra.headers ?? {})) ctx.set(name, value);
  // A body that was not read to its end cannot be followed by another request.
  if (problem.status === 413 || problem.status === 408) ctx.set('connection', 'close');
  const document = problemDocument(problem, ctx.path.slice(0, 300));
  if (wantsPage(ctx)) {
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = problemPage(document);
    return;
  }
  ctx.body = JSON.stringify(document);
  ctx.type = PROBLEM_TYPE;
}

function wantsPage(ctx: Context): boolean {
  return ctx.accepts('json', 'html') === 'html';
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Nothing from elsewhere, nothing inline, in no frame. Plain HTTP on this machine, so that no browser insists on TLS. */
const SECURE_HEADERS = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'style-src': ["'self'"],
      'script-src': ["'self'"],
      'img-src': ["'self'"],
      'connect-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
});
