/** The OpenAPI 3.1 document of a table of routes: nothing is said here that a route does not say. */
import type { JsonSchema } from '../../events/codecs.ts';
import type { HttpErrorCode } from '../reply.ts';
import { HTTP_ERRORS } from '../reply.ts';
import type { AnswerDeclaration, Parameter, Route } from '../route.ts';
import { holesOf } from '../route.ts';
import { JSON_MEDIA } from './answers.ts';
import { errorView } from './views.ts';

/** Of the interface, not of the software: a change that breaks a reader makes it 2. */
export const INTERFACE_VERSION = '1.0.0';

const TAGS = {
  ledger: 'The books and what people read in them, as of any entry.',
  entries: 'The entries, as CloudEvents.',
  proofs: 'The signed head, the tree under it in tiles, and proofs made from them.',
  artifacts: 'Heavy bytes by their digest.',
  rewards: 'Accounts, settlements and what one may claim.',
  service: 'The explorer itself.',
} as const satisfies Record<Exclude<Route['tag'], 'page'>, string>;

/** What any request can meet, whatever its route. */
const ALWAYS: readonly HttpErrorCode[] = [
  'bad_request',
  'bad_parameter',
  'unknown_parameter',
  'method_not_allowed',
  'uri_too_long',
  'wrong_host',
  'internal_error',
];

const AS_OF_HEADERS = {
  'daybook-size': 'Entries that the answer speaks of.',
  'daybook-root': 'Root of the tree over them, in base64.',
};

export function openApiOf(routes: readonly Route[]): JsonSchema {
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Daybook explorer',
      version: INTERFACE_VERSION,
      description:
        'A ledger, read: everything here is computed from its log, and `daybook-root` says of which ' +
        'entries. Errors are `{"error":{"code","message"}}`; codes are stable.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(routes.map((one) => [one.path, { get: operationOf(one) }])),
    components: { schemas: { Error: errorView.schema } },
  };
}

function operationOf({ id, tag, doc, path, parameters, answer, errors }: Route): JsonSchema {
  const inPath = holesOf(path);
  return {
    operationId: id,
    tags: [tag],
    summary: doc,
    parameters: [
      ...Object.entries(parameters).map(([name, parameter]) =>
        parameterOf(name, parameter, inPath.includes(name)),
      ),
      ...(answer.hasRanges === true ? [RANGE] : []),
    ],
    responses: {
      200: successOf(answer),
      ...(answer.hasRanges === true ? { 206: rangeOf(answer) } : {}),
      ...failuresOf([...ALWAYS, ...(inPath.length > 0 ? (['not_found'] as const) : []), ...errors]),
    },
  };
}

const RANGE: JsonSchema = {
  name: 'range',
  in: 'header',
  description: 'One range from a first byte on.',
  schema: { type: 'string', pattern: '^bytes=[0-9]+-[0-9]*$' },
};

const parameterOf = (
  name: string,
  { doc, schema, required }: Parameter<unknown>,
  isInPath: boolean,
): JsonSchema => ({
  name,
  in: isInPath ? 'path' : 'query',
  description: doc,
  required: required !== null,
  schema,
});

const headersOf = (headers: Readonly<Record<string, string>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );

const contentOf = ({ types }: AnswerDeclaration): JsonSchema =>
  Object.fromEntries(
    Object.entries(types).map(([type, schema]) => [
      type,
      type.endsWith('json') || Object.keys(schema).length > 0 ? { schema } : {},
    ]),
  );

const successOf = (answer: AnswerDeclaration): JsonSchema => ({
  description: answer.doc,
  headers: headersOf({
    ...(answer.isOfEntries === true ? AS_OF_HEADERS : {}),
    ...answer.headers,
  }),
  content: contentOf(answer),
});

const rangeOf = (answer: AnswerDeclaration): JsonSchema => ({
  description: 'The part that was asked for.',
  headers: headersOf({ 'content-range': 'Which bytes of how many.' }),
  content: contentOf(answer),
});

/** By status, each with the codes that it may carry. */
function failuresOf(codes: readonly HttpErrorCode[]): JsonSchema {
  const byStatus = Map.groupBy(new Set(codes), (code) => HTTP_ERRORS[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, own]) => [
      status,
      {
        description: own.map((code) => `\`${code}\`: ${HTTP_ERRORS[code][1]}`).join(' '),
        content: {
          [JSON_MEDIA]: {
            schema: {
              $ref: '#/components/schemas/Error',
              properties: { error: { properties: { code: { enum: own } } } },
            },
          },
        },
      },
    ]),
  );
}
