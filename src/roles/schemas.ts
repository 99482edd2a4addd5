/**
 * JSON Schemas (2020-12) of what crosses the wire, walked from the codecs that read it: every event,
 * every command, replies, queries and answers. What a schema cannot say is said by a format that
 * validators may ignore (`nkey`: the checksum; `date-time`: days of a month; `sequence`: below 2^53)
 * or not at all: the subject of an event follows from its data, a line has a size and a depth, and a
 * name stands in an object once.
 */
import { MAX_COMMAND_BYTES, commandEnvelope } from '../commands/command.ts';
import { FAULTS } from '../commands/ports/fault.ts';
import type { CatalogueEntry } from '../events/catalogue.ts';
import { catalogue, commandTable } from '../events/catalogue.ts';
import type { JsonSchema } from '../events/codecs.ts';
import { attributesSchema } from '../events/entry-attributes.ts';
import { digest } from '../events/codecs.ts';
import { STEP_KINDS } from './steps.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** As it is printed and served. @param name such as `event/<type>` */
export const named = (name: string, schema: JsonSchema): JsonSchema => ({
  $schema: DIALECT,
  $id: `urn:daybook:${name.replaceAll('/', ':')}`,
  ...schema,
});

const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const string = { type: 'string' };

const eventSchema = ({ type, doc, data }: CatalogueEntry): JsonSchema => ({
  title: type,
  description: doc,
  ...attributesSchema,
  properties: { ...attributesSchema.properties, type: { const: type }, data: data.schema },
});

function commandSchema(name: string, { doc, data }: CatalogueEntry): JsonSchema {
  const { properties, required } = commandEnvelope.schema as {
    properties: Record<string, JsonSchema>;
    required: readonly string[];
  };
  return {
    title: name,
    description: `Asserts, at most ${MAX_COMMAND_BYTES} bytes: ${doc}`,
    type: 'object',
    properties: { ...properties, command: { const: name }, data: data.schema },
    required: [...required, 'data'],
    additionalProperties: false,
  };
}

/** An object with at least these members: readers of answers pass over what they do not know. */
const told = (title: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  title,
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const reply: JsonSchema = {
  title: 'What a command is answered with.',
  oneOf: [
    told('It is in the ledger.', {
      status: { const: 'recorded' },
      sequence: count,
      count,
      repeated: { type: 'boolean' },
    }),
    told('A tick with nothing due: nothing was recorded.', {
      status: { const: 'recorded' },
      sequence: { const: -1 },
      count: { const: 0 },
      repeated: { type: 'boolean' },
    }),
    told('A typed no; nothing was recorded.', {
      status: { const: 'refused' },
      code: string,
      message: string,
      retryable: { type: 'boolean' },
    }),
    told('The world did not do what was asked.', {
      status: { const: 'fault' },
      code: { enum: Object.keys(FAULTS) },
      message: string,
    }),
  ],
};

const query: JsonSchema = {
  title: 'A question to the authority that changes nothing.',
  type: 'object',
  properties: {
    query: { enum: ['head', 'books'] },
    atLeast: {
      type: 'integer',
      minimum: Number.MIN_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Entries that the answer must cover at least.',
    },
  },
  required: ['query'],
};

const head = { size: count, checkpoint: string, verifierKey: string };
const answer: JsonSchema = {
  title: 'What a query is answered with.',
  oneOf: [
    told('The signed head.', { status: { const: 'head' }, ...head }),
    told('The books under it, in the artifact store.', {
      status: { const: 'books' },
      digest: digest.schema,
      ...head,
    }),
    told('A typed no.', { status: { const: 'refused' }, code: string, message: string }),
  ],
};

const step: JsonSchema = {
  title: 'Work for its addressee: the ledger says what is to be done.',
  type: 'object',
  properties: {
    kind: { enum: STEP_KINDS },
    about: { ...string, description: 'An assignment, `<run>/<window>`, a run or an offence.' },
    sequence: { ...count, description: 'The entry that called for it.' },
  },
  required: ['kind', 'about', 'sequence'],
};

/** By name: `entry`, `event/<type>`, `command/<name>`, `reply`, `query`, `answer`, `step`. */
export const schemas: ReadonlyMap<string, JsonSchema> = new Map(
  [
    ['entry', { title: 'An entry of any type.', ...attributesSchema }] as const,
    ...[...catalogue].map(([type, one]) => [`event/${type}`, eventSchema(one)] as const),
    ...[...commandTable].map(
      ([name, one]) => [`command/${name}`, commandSchema(name, one)] as const,
    ),
    ['reply', reply] as const,
    ['query', query] as const,
    ['answer', answer] as const,
    ['step', step] as const,
  ].map(([name, schema]) => [name, named(name, schema)]),
);

/** All of them in one document, each under its name. @param more besides */
export const schemaBundle = (more: ReadonlyMap<string, JsonSchema> = new Map()): JsonSchema => ({
  $schema: DIALECT,
  $id: 'urn:daybook:all',
  title: 'What crosses the wire of a Daybook ledger.',
  $defs: Object.fromEntries([...schemas, ...more]),
});

const compact = (name: string): string => JSON.stringify(schemas.get(name));

/**
 * What those who look for services are told of requests. A command's own schema is one of many; which
 * is said by its name.
 */
export const REQUEST_SCHEMAS = {
  command: {
    request_schema: JSON.stringify({
      ...commandEnvelope.schema,
      additionalProperties: true,
      description: 'With `data` as in the schema of the command of this name: `daybook schema`.',
    }),
    response_schema: compact('reply'),
  },
  query: { request_schema: compact('query'), response_schema: compact('answer') },
} as const;
