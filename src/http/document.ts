/** The description of the API (OpenAPI 3.1), made from the routes themselves: what is served is what is described. */
import type { Operation, Parameter, Route, Schema } from './route.js';
import { COMPONENTS, refTo } from './schemas.js';
import { PROBLEM_TYPE, titleOf } from './problem.js';

export interface OpenApi {
  readonly openapi: string;
  readonly info: Schema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> } & Schema;
}

export function describeApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'Jobs, clusters and events of one installation. Errors are problem documents (RFC 9457); unknown parameters are refused. Sizes are bytes, times ISO 8601.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: COMPONENTS,
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function operationOf({ operation, role }: Route): Schema {
  const { id, summary, description, parameters = [], body, answers } = operation;
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(role === 'anyone' ? { security: [] } : { security: [{ basic: [] }, { bearer: [] }] }),
    'x-role': role,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: body.description,
            content: {
              'application/json': {
                schema: body.schema,
                ...(body.example === undefined ? {} : { example: body.example }),
              },
            },
          },
        }),
    responses: { ...answers, ...problemsOf(operation, role) },
  };
}

function parameterOf({ name, in: place, description, schema, example }: Parameter): Schema {
  return {
    name,
    in: place,
    description,
    required: place === 'path',
    schema,
    ...(schema.type === 'array' ? { style: 'form', explode: true } : {}),
    ...(example === undefined ? {} : { example }),
  };
}

/** Any operation may meet a bad parameter, a login, a wrong host name, and an error of ours. */
function problemsOf({ problems = [], body }: Operation, role: Route['role']): Schema {
  const login = role === 'anyone' ? [] : [401, 429];
  const write = role === 'write' ? [403] : [];
  const all = new Set([
    400,
    ...login,
    ...write,
    ...problems,
    ...(body === undefined ? [] : [413, 415, 422]),
    421,
    500,
  ]);
  const sorted = [...all].sort((a, b) => a - b);
  return Object.fromEntries(
    sorted.map((status) => [
      String(status),
      { description: titleOf(status), content: { [PROBLEM_TYPE]: { schema: refTo('Problem') } } },
    ]),
  );
}
