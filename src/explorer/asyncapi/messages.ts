/** What goes over the subjects of a ledger: content type, headers, payload of each kind of message. */
import {
  HEADER_COMMIT_ID,
  HEADER_COUNT,
  HEADER_FIRST,
  HEADER_ROOT,
} from '../../events/commit-codec.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT } from '../../events/commit.ts';
import type { JsonSchema } from '../../events/codecs.ts';
import { HEADER_STEP_ID } from '../../adapters/nats/steps.ts';

export interface MessageDeclaration {
  readonly doc: string;
  readonly contentType: string;
  readonly payload: JsonSchema;
  readonly headers?: JsonSchema;
}

const COUNT: JsonSchema = { type: 'string', pattern: '^(0|[1-9][0-9]{0,15})$' };

/** W3C Trace Context; nothing but traces depends on it. */
const TRACE_HEADERS: Readonly<Record<string, JsonSchema>> = {
  traceparent: {
    type: 'string',
    pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}',
    description: 'Which trace it belongs to (W3C Trace Context).',
  },
  tracestate: { type: 'string', description: 'What tracing systems add to that.' },
};

const headers = (
  own: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): JsonSchema => ({ type: 'object', properties: own, required });

export function jsonMessage(
  doc: string,
  payload: JsonSchema,
  traced?: 'traced',
): MessageDeclaration {
  const message = { doc, contentType: 'application/json', payload };
  return traced === undefined ? message : { ...message, headers: headers(TRACE_HEADERS, []) };
}

export const commit = (entries: readonly JsonSchema[]): MessageDeclaration => ({
  doc: `Entries that were recorded together, a line each, at most ${MAX_COMMIT_BYTES} bytes.`,
  contentType: 'application/x-ndjson',
  payload: {
    type: 'array',
    description: 'Each item is a line: a CloudEvent in JSON, ended by a newline.',
    minItems: 1,
    maxItems: MAX_ENTRIES_PER_COMMIT,
    items: { oneOf: entries },
  },
  headers: headers(
    {
      [HEADER_COMMIT_ID]: { type: 'string', description: 'Id of the commit.' },
      [HEADER_FIRST]: { ...COUNT, description: 'Sequence of its first entry.' },
      [HEADER_COUNT]: { ...COUNT, description: 'How many entries it has.' },
      [HEADER_ROOT]: { type: 'string', description: 'Root of the tree after it, in base64.' },
      'Nats-Expected-Stream': { type: 'string' },
      'Nats-Expected-Last-Sequence': { ...COUNT, description: 'Position of the commit before it.' },
      'Nats-Expected-Last-Msg-Id': { type: 'string', description: 'Id of the commit before it.' },
    },
    [HEADER_COMMIT_ID, HEADER_FIRST, HEADER_COUNT, HEADER_ROOT],
  ),
});

export const stepMessage = (payload: JsonSchema): MessageDeclaration => ({
  ...jsonMessage(
    'Work for its addressee: where in the ledger it says what is to be done.',
    payload,
  ),
  headers: headers(
    {
      [HEADER_COMMIT_ID]: { type: 'string', description: '`<addressee>.<step id>`.' },
      [HEADER_STEP_ID]: { type: 'string', description: 'Id of the step, percent-encoded.' },
      ...TRACE_HEADERS,
    },
    [HEADER_COMMIT_ID, HEADER_STEP_ID],
  ),
});

export const leadClaim: MessageDeclaration = {
  ...jsonMessage('Who leads, for how long after the last sign of it; null when it has left.', {
    type: ['object', 'null'],
    properties: { holder: { type: 'string' }, leaseMs: { type: 'number', minimum: 0 } },
    required: ['holder', 'leaseMs'],
  }),
  headers: headers(
    {
      'Nats-Expected-Stream': { type: 'string' },
      'Nats-Expected-Last-Sequence': { ...COUNT, description: 'The claim that it replaces.' },
    },
    ['Nats-Expected-Last-Sequence'],
  ),
};

export const artifactChunk: MessageDeclaration = {
  doc: 'Bytes, in the order of the stream.',
  contentType: 'application/octet-stream',
  payload: { type: 'string', contentEncoding: 'binary' },
};

export const artifactInfo: MessageDeclaration = {
  ...jsonMessage(
    'As every object store of NATS has it; `name` is the SHA-256 of the bytes in hex.',
    {
      type: 'object',
      properties: {
        name: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        bucket: { type: 'string' },
        nuid: { type: 'string', description: 'The `object` of its chunks.' },
        size: { type: 'integer', minimum: 0 },
        chunks: { type: 'integer', minimum: 0 },
        digest: { type: 'string', pattern: '^SHA-256=' },
      },
      required: ['name', 'bucket', 'nuid', 'size', 'chunks'],
    },
  ),
  headers: headers({ 'Nats-Rollup': { const: 'sub' } }, ['Nats-Rollup']),
};

/** NATS services; the verb is in the subject. */
export const probe: MessageDeclaration = {
  doc: 'Has no content.',
  contentType: 'application/json',
  payload: { type: 'string', maxLength: 0 },
};

export const discovered: MessageDeclaration = jsonMessage('A service, as the protocol has it.', {
  type: 'object',
  properties: {
    type: { enum: ['ping', 'info', 'stats'].map((verb) => `io.nats.micro.v1.${verb}_response`) },
    name: { type: 'string' },
    id: { type: 'string' },
    version: { type: 'string' },
    metadata: { type: 'object' },
  },
  required: ['type', 'name', 'id', 'version'],
});
