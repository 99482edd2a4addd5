/**
 * The routes as endpoints of a NATS service: parameters in, as one JSON object; the body of the answer
 * out. Each question goes through the very server that HTTP readers ask, so both say the same and are
 * refused the same.
 */
import type { MicroAnswer } from '../adapters/nats/micro.ts';
import type { ReadEndpoint, ServiceHost } from '../adapters/nats/read-service.ts';
import type { JsonSchema } from '../events/codecs.ts';
import { INTERFACE_VERSION } from './api/openapi.ts';
import type { Route } from './route.ts';
import { holesOf } from './route.ts';

const TOLD = ['content-type', 'daybook-size', 'daybook-root', 'daybook-next'] as const;

/** Streams have no end, and artifacts are too long for a message. */
export const isAskedOnNats = ({ id, tag }: Route): boolean =>
  id !== 'events' && tag !== 'artifacts';

/** @returns what ends it */
export function serveReads(
  host: ServiceHost,
  address: string,
  routes: readonly Route[],
): () => void {
  return host.serve(
    INTERFACE_VERSION,
    'What an explorer reads in the ledger: books, entries, proofs, explanations.',
    routes.filter(isAskedOnNats).map((one) => endpointOf(one, address, host.answerBytesMax)),
  );
}

function endpointOf(one: Route, address: string, bytesMax: number): ReadEndpoint {
  const { id, doc, answer } = one;
  const [type = '', schema = {}] = Object.entries(answer.types)[0] ?? [];
  return {
    name: id,
    metadata: {
      description: doc,
      request_schema: JSON.stringify(requestSchemaOf(one)),
      response_schema: JSON.stringify(schema),
      response_type: type,
    },
    handle: async (payload) => {
      const target = targetOf(one, payload);
      if (target === null)
        return refused('400', 'bad_request', 'a request is an object of texts and numbers');
      const response = await fetch(address + target, { redirect: 'error' });
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.byteLength > bytesMax)
        return refused('413', 'answer_too_large', `${bytes.byteLength} bytes: ask over HTTP`);
      const headers = Object.fromEntries(
        TOLD.map((name) => [name, response.headers.get(name)] as const).filter(
          (header): header is readonly [(typeof TOLD)[number], string] => header[1] !== null,
        ),
      );
      if (response.ok) return { payload: bytes, headers };
      const error = { code: String(response.status), message: response.statusText };
      return { payload: bytes, headers, error };
    },
  };
}

export const requestSchemaOf = ({ parameters }: Route): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(
    Object.entries(parameters).map(([name, { schema, doc }]) => [
      name,
      { ...schema, description: doc },
    ]),
  ),
  required: Object.keys(parameters).filter((name) => parameters[name]?.required !== null),
  additionalProperties: false,
});

function refused(status: string, code: string, message: string): MicroAnswer {
  const body = JSON.stringify({ error: { code, message } });
  return { payload: Buffer.from(body), error: { code: status, message } };
}

/** Null for what is no object of texts and numbers. */
function targetOf({ path }: Route, payload: Uint8Array): string | null {
  const given = givenIn(payload);
  if (given === null) return null;
  const inPath = holesOf(path);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(given.get(name) ?? '-'),
  );
  const query = new URLSearchParams([...given].filter(([name]) => !inPath.includes(name)));
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}

function givenIn(payload: Uint8Array): ReadonlyMap<string, string> | null {
  if (payload.byteLength === 0) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const entries = Object.entries(value) as [string, unknown][];
  return entries.every(([, one]) => typeof one === 'string' || typeof one === 'number')
    ? new Map(entries.map(([name, one]) => [name, String(one)]))
    : null;
}
