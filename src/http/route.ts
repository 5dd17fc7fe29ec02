/** One operation of the API: what it is, for the document, and what it does. The document is what requests are read by. */
import type { Readable } from 'node:stream';
import type { Role, User } from './guard/login.js';
import type { World } from './ports.js';

/** JSON Schema, as far as we write it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly schema: {
    readonly type: 'string' | 'integer' | 'boolean' | 'array';
    readonly items?: {
      readonly type: 'string';
      readonly enum?: readonly string[];
      readonly pattern?: string;
    };
    readonly enum?: readonly string[];
    readonly pattern?: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly maxItems?: number;
    readonly default?: unknown;
  };
  readonly example?: unknown;
}

export interface Answer {
  readonly description: string;
  /** By media type; none: no body. */
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  /** JSON. */
  readonly body?: { readonly description: string; readonly schema: Schema; readonly example?: unknown };
  /** By status; problem documents are added. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of problem documents beyond those that every operation may answer with. */
  readonly problems?: readonly number[];
}

/** A parameter's value after reading. */
export type Value = string | number | boolean | readonly string[] | undefined;

/** A request that was read: parameters as the document says, the body checked by its schema. */
export interface Ask {
  readonly world: World;
  readonly user: User;
  /** Of who asks. */
  readonly address: string;
  readonly values: Readonly<Record<string, Value>>;
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
  /** A person's browser asks. */
  readonly wantsPage: boolean;
  /** Query of the request, without the question mark. */
  readonly search: string;
  /** Aborted when the one who asked is gone. */
  readonly signal: AbortSignal;
  /**
   * The body as it came, for routes that read it themselves.
   * @param late aborted when it is not waited for any longer
   * @throws {HttpProblem} 400, 408, 413, 415
   */
  readonly read: (mostBytes: number, late: AbortSignal) => Promise<Buffer>;
}

export interface Reply {
  readonly status?: number;
  /** An object is sent as JSON. */
  readonly body: string | Buffer | Readable | object;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Header of an answer that goes on for as long as there is something to tell; proxies are not to keep it back. */
export const ENDLESS = 'x-accel-buffering';

export interface Route {
  readonly method: 'get' | 'post' | 'put';
  /** As OpenAPI writes it: `/jobs/{id}`. A parameter called `path` takes slashes too. */
  readonly path: string;
  /** `anyone`: no login is asked for. */
  readonly role: Role | 'anyone';
  /** It looks at the body before anybody else does; the document says what it should be. */
  readonly readsBody?: true;
  readonly operation: Operation;
  readonly handle: (ask: Ask) => Reply | Promise<Reply>;
}

/** Reads of a value that the document types. */
export function textOf(values: Ask['values'], name: string): string {
  const value = values[name];
  return typeof value === 'string' ? value : '';
}

export function optionalTextOf(values: Ask['values'], name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(values: Ask['values'], name: string): number | undefined {
  const value = values[name];
  return typeof value === 'number' ? value : undefined;
}

export function textsOf(values: Ask['values'], name: string): readonly string[] {
  const value = values[name];
  return typeof value === 'object' ? value : [];
}
