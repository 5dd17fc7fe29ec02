/** Which repositories a forge tells of, and which of ours they are. */

/** A repository's place, whichever way leads to it: https, ssh and scp forms of one place are equal. */
interface Place {
  /** Lower case, without a port, as each way has a port of its own; empty: a folder of this machine. */
  readonly host: string;
  /** Lower case, without slashes around it and `.git` behind it. */
  readonly path: string;
}

const HOLDERS = ['repository', 'project'];
/** As GitHub, Gitea and Forgejo name them in `repository`, GitLab in `project` and `repository`. */
const KEYS = [
  ...['clone_url', 'ssh_url', 'git_url', 'html_url', 'url'],
  ...['git_http_url', 'git_ssh_url', 'http_url', 'web_url', 'homepage'],
];

/** @param payload as it was sent, whatever it is. @returns URLs of the repository that it is about, in all the forms it has */
export function namedIn(payload: unknown): readonly string[] {
  return HOLDERS.flatMap((holder) => {
    const about = valueAt(payload, holder);
    return KEYS.map((key) => valueAt(about, key)).filter((each) => typeof each === 'string');
  });
}

/**
 * @param source URL of one of ours; @param named URLs of one repository
 * @returns undefined where nothing that can be understood was named
 */
export function isNamed(source: string, named: readonly string[]): boolean | undefined {
  const places = named.flatMap((url) => placeOf(url) ?? []);
  if (places.length === 0) return undefined;
  const own = placeOf(source);
  return own === undefined || places.some((place) => isSame(own, place));
}

function isSame(own: Place, named: Place): boolean {
  // A forge's own folders end as its addresses do.
  if (own.host === '' && named.host !== '') return `/${own.path}`.endsWith(`/${named.path}`);
  if (own.path !== named.path) return false;
  // A name without a dot may be an alias of ~/.ssh/config, for any host.
  return own.host === named.host || !own.host.includes('.');
}

function placeOf(url: string): Place | undefined {
  const scp = /^(?:[^@/\s:]+@)?([^@/\s:]+):(?!\/\/)(\S+)$/.exec(url);
  if (scp !== null) return place(scp[1] ?? '', scp[2] ?? '');
  try {
    const { hostname, pathname } = new URL(url);
    return place(hostname, decodeURIComponent(pathname));
  } catch {
    return undefined;
  }
}

function place(host: string, path: string): Place | undefined {
  const bare = path
    .toLowerCase()
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
  return bare === '' ? undefined : { host: host.toLowerCase(), path: bare };
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
