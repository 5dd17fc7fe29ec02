/** The webhook: a forge tells of a push, and the sources that it is about are asked. It does nothing else. */
import { isSecret, isSigned, type Proof, proofOf } from '../guard/signature.js';
import { Limiter, Seats } from '../guard/limits.js';
import type { World } from '../ports.js';
import { HttpProblem } from '../problem.js';
import { isNamed, namedIn } from '../repositories.js';
import type { Ask, Reply, Route } from '../route.js';
import { refTo } from '../schemas.js';

/** Forges tell of a push of many commits with all their files. Bytes. */
const MOST_BYTES = 5 * 1024 * 1024;
/** Bodies that are read at once: nobody has shown anything yet. */
const MOST_READ = 16;
/** A forge sends its body in one go. */
const READ_MS = 5_000;
/** Of calls that are right; those that are wrong never keep them out. */
const CALLS = { burst: 60, perMinute: 60 };
/** Of calls that are wrong, by address. */
const FAILURES = { burst: 10, perMinute: 10 };

/** @param clock milliseconds that only rise */
export function hookRoutes(clock: () => number): readonly Route[] {
  const door = new Door(clock);
  return [
    {
      method: 'post',
      path: '/hooks/git',
      role: 'anyone',
      readsBody: true,
      operation: {
        id: 'wakeSources',
        summary: 'A forge tells of a push: the Git sources that it is about are asked at once',
        description:
          'No login: the body is signed with `http.webhook_secret` of sluice.yaml (`X-Hub-Signature-256`, as GitHub, Gitea and Forgejo do it), or the secret comes along (`X-Gitlab-Token`). Nothing of what is said is believed: the repository is asked. Where the payload names a repository, only the sources that are read from it are asked; otherwise all.',
        body: {
          description: "The forge's payload; `repository` or `project` name the repository by its URLs.",
          schema: { type: 'object' },
          example: { repository: { clone_url: 'https://github.com/group/runs.git' } },
        },
        answers: {
          202: {
            description: 'It is taken.',
            content: { 'application/json': { schema: refTo('Woken') } },
          },
        },
        problems: [400, 401, 404, 408, 413, 415, 429, 503],
      },
      handle: (ask) => door.hear(ask),
    },
  ];
}

class Door {
  readonly #calls: Limiter;
  readonly #failures: Limiter;
  readonly #seats = new Seats(MOST_READ);

  constructor(clock: () => number) {
    this.#calls = new Limiter(CALLS, clock);
    this.#failures = new Limiter(FAILURES, clock);
  }

  /** @throws {HttpProblem} */
  async hear(ask: Ask): Promise<Reply> {
    const { world, header, address } = ask;
    const secret = secretOf(world);
    const proof = proofOf(header);
    if (proof === undefined || !isRightSoFar(proof, secret)) throw this.#refusal(address, proof);
    const body = await this.#read(ask);
    if (proof.kind === 'signature' && !isSigned(body, proof.digest, secret))
      throw this.#refusal(address, proof);
    const wait = this.#calls.take('');
    if (wait !== undefined) throw tooMany('too many calls', wait);
    return { status: 202, body: wake(world, payloadOf(body, header('content-type'))) };
  }

  /** Whoever is slow loses his turn: after a while, or to who comes when all are taken. */
  async #read({ address, read }: Ask): Promise<Buffer> {
    const { lost, leave } = this.#seats.take(address);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), READ_MS);
    try {
      return await read(MOST_BYTES, AbortSignal.any([lost, late.signal]));
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  #refusal(address: string, proof: Proof | undefined): HttpProblem {
    const wait = this.#failures.take(address);
    if (wait !== undefined) return tooMany('too many calls without a valid signature', wait);
    const why =
      proof === undefined
        ? 'there is no X-Hub-Signature-256 (sha256=…) and no X-Gitlab-Token'
        : proof.kind === 'token'
          ? 'X-Gitlab-Token is wrong'
          : 'X-Hub-Signature-256 is not that of this body';
    return new HttpProblem(401, `${why}; the forge needs the secret that http.webhook_secret names`, {
      headers: { 'www-authenticate': 'Signature realm="Sluice"' },
    });
  }
}

/** A wrong token needs no look at the body. */
function isRightSoFar(proof: Proof, secret: string): boolean {
  return proof.kind === 'signature' || isSecret(proof.token, secret);
}

/** @throws {HttpProblem} 404, 503 */
function secretOf({ webhookSecret }: World): string {
  const secret = webhookSecret();
  switch (secret.kind) {
    case 'known':
      return secret.value;
    case 'none':
      throw new HttpProblem(
        404,
        'no webhook is taken here: sluice.yaml sets no http.webhook_secret (see docs/git.md)',
      );
    case 'unreadable':
      throw new HttpProblem(503, 'http.webhook_secret cannot be read just now; the log of Sluice says why');
  }
}

function tooMany(what: string, seconds: number): HttpProblem {
  return new HttpProblem(429, `${what}; try again in ${seconds} s`, {
    headers: { 'retry-after': String(seconds) },
  });
}

/** Forges send JSON, or a form with JSON in it. @throws {HttpProblem} 400 */
function payloadOf(body: Buffer, type = ''): unknown {
  const text = body.toString('utf8');
  const isForm = type.toLowerCase().startsWith('application/x-www-form-urlencoded');
  try {
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) as unknown;
  } catch {
    throw new HttpProblem(
      400,
      'the body is no JSON; set the content type of the webhook to application/json',
    );
  }
}

interface Woken {
  /** How many sources are asked. */
  readonly woken: number;
  /** Why none is. */
  readonly why: string | null;
}

function wake(world: World, payload: unknown): Woken {
  const named = namedIn(payload);
  const sources = world.gitSources();
  const meant = sources.filter((url) => isNamed(url, named) ?? true);
  if (meant.length > 0) {
    world.wakeSources(meant);
    return { woken: meant.length, why: null };
  }
  const why =
    sources.length === 0
      ? 'sluice.yaml has no Git repository as a source'
      : 'no source of sluice.yaml is read from this repository';
  return { woken: 0, why };
}
