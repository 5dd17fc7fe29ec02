/** Under which names we answer: a page elsewhere that calls itself by another name (DNS rebinding) reads nothing of us. */
import { hostname, networkInterfaces } from 'node:os';
import { HttpProblem } from '../problem.js';

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Names and addresses, lower case, without ports. */
export function ownHosts(listen: string, further: readonly string[]): ReadonlySet<string> {
  const everywhere = listen === '0.0.0.0' || listen === '::';
  const own = everywhere
    ? [
        hostname(),
        ...Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)),
      ]
    : [listen];
  const local = isLoopback(listen) || everywhere ? LOOPBACK : [];
  return new Set([...local, ...own, ...further].map((each) => bare(each.toLowerCase())));
}

/** @throws {HttpProblem} 400, 421 */
export function assertHost(header: string | undefined, own: ReadonlySet<string>): void {
  const name = header === undefined ? undefined : hostOf(header);
  if (name === undefined) throw new HttpProblem(400, 'the Host header is missing or is no host');
  if (own.has(name)) return;
  throw new HttpProblem(
    421,
    `this server is not ${name}; if it is, add the name to "hosts" below "http:" in sluice.yaml`,
  );
}

/**
 * A browser says where a request comes from: from another site nothing is changed, whatever credentials it sends along.
 * @throws {HttpProblem} 403
 */
export function assertSameSite(
  headers: { readonly origin?: string | undefined; readonly site?: string | undefined },
  own: ReadonlySet<string>,
): void {
  const { origin, site } = headers;
  // Another port of this host is another program's page: to a browser the same site, and not the same origin.
  const isElsewhere = site !== undefined && site !== '' && site !== 'same-origin' && site !== 'none';
  const foreign = isElsewhere || (origin !== undefined && !own.has(originHost(origin)));
  if (foreign) throw new HttpProblem(403, 'a page of another site may not change anything here');
}

function hostOf(header: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header)?.[1];
  return found === undefined ? undefined : bare(found.toLowerCase());
}

function originHost(origin: string): string {
  try {
    return bare(new URL(origin).hostname.toLowerCase());
  } catch {
    return '';
  }
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
