/** Every error as a problem document (RFC 9457). */

/** A key and what is wrong with it. */
export interface Fault {
  readonly key?: string | undefined;
  readonly message: string;
}

export interface ProblemDocument {
  /** `about:blank`: the status says what it is. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path that was asked for. */
  readonly instance?: string;
  readonly errors?: readonly Fault[];
  /** The file to edit instead. */
  readonly file?: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Login needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  408: 'Request time-out',
  409: 'Conflict',
  411: 'Length required',
  412: 'Precondition failed',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Not valid',
  429: 'Too many requests',
  431: 'Header too large',
  500: 'Error of Sluice',
  503: 'Not available just now',
};

export interface ProblemExtra {
  readonly errors?: readonly Fault[];
  readonly file?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a handler or a guard; `detail` says what is wrong and what to do, and holds no secret. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly extra: ProblemExtra;

  constructor(status: number, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.status = status;
    this.extra = extra;
  }
}

export function problemDocument({ status, message, extra }: HttpProblem, instance?: string): ProblemDocument {
  return {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail: message,
    ...(instance === undefined ? {} : { instance }),
    ...(extra.errors === undefined ? {} : { errors: extra.errors }),
    ...(extra.file === undefined ? {} : { file: extra.file }),
  };
}

export function titleOf(status: number): string {
  return TITLES[status] ?? `Error ${status}`;
}

export const PROBLEM_TYPE = 'application/problem+json';
