/**
 * Every subject on which Daybook's own messages go, with what goes there: addresses from the
 * declarations in `streams/`, payloads from the codecs, reads from the table of routes.
 */
import {
  artifactsBucket,
  leadStream,
  logStream,
  stepsConsumer,
  stepsStream,
  subjectsOf,
  TEMPLATE,
} from '../../adapters/nats/declarations.ts';
import { catalogue, commandTable } from '../../events/catalogue.ts';
import type { JsonSchema } from '../../events/codecs.ts';
import { isAskedOnNats, requestSchemaOf } from '../read-service.ts';
import type { Route } from '../route.ts';
import {
  artifactChunk,
  artifactInfo,
  commit,
  discovered,
  jsonMessage,
  leadClaim,
  probe,
  stepMessage,
} from './messages.ts';
import type { MessageDeclaration } from './messages.ts';

export interface ChannelDeclaration {
  /** Null: chosen by whoever asks, and told with the question. */
  readonly address: string | null;
  /** What of the address stands in permissions: itself, but for answers. */
  readonly subject: string;
  readonly doc: string;
  readonly messages: Readonly<Record<string, MessageDeclaration>>;
  /** Answers to what is sent here, by their names among those of `replies`. */
  readonly answers?: readonly string[];
  /** The JetStream stream that keeps what is sent here, and how it is set. */
  readonly stream?: object & { readonly name: string };
  readonly consumer?: object;
}

export const REPLIES = 'replies';

const schemaRef = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const commands: Readonly<Record<string, MessageDeclaration>> = Object.fromEntries(
  [...commandTable].map(([name, { doc }]) => [
    name,
    jsonMessage(`Signed: ${doc}`, schemaRef(name), 'traced'),
  ]),
);

const answerName = (id: string): string => `${id}-answer`;

function readChannel(one: Route, read: string): ChannelDeclaration {
  const address = `${read}.${one.id}`;
  return {
    address,
    subject: address,
    doc: one.doc,
    messages: { [`${one.id}-request`]: jsonMessage(one.doc, requestSchemaOf(one)) },
    answers: [answerName(one.id)],
  };
}

function readAnswer({ answer: { doc, types } }: Route): MessageDeclaration {
  const [contentType = 'application/json', payload = {}] = Object.entries(types)[0] ?? [];
  const headers = {
    type: 'object',
    properties: {
      'daybook-size': { type: 'string', description: 'Entries that the answer speaks of.' },
      'daybook-root': { type: 'string', description: 'Root of the tree over them, in base64.' },
      'Nats-Service-Error-Code': {
        type: 'string',
        description: 'Of what was refused: as in HTTP.',
      },
      'Nats-Service-Error': { type: 'string' },
    },
  };
  const isJson = contentType.endsWith('json');
  return { doc, contentType, payload: isJson ? payload : { type: 'string' }, headers };
}

export function channelsOf(routes: readonly Route[]): Readonly<Record<string, ChannelDeclaration>> {
  const { command, query, read, log, lead, step } = subjectsOf(TEMPLATE);
  const { bucket, ...bucketSettings } = artifactsBucket(TEMPLATE);
  const objects = { name: `OBJ_${bucket}`, ...bucketSettings };
  const asked = routes.filter(isAskedOnNats);
  const replies: Readonly<Record<string, MessageDeclaration>> = {
    reply: jsonMessage('What a command is answered with.', schemaRef('reply'), 'traced'),
    answer: jsonMessage('What a query is answered with.', schemaRef('answer'), 'traced'),
    discovered,
    ...Object.fromEntries(asked.map((one) => [answerName(one.id), readAnswer(one)])),
  };
  const direct = (subject: string, more: Omit<ChannelDeclaration, 'address' | 'subject'>) => ({
    address: subject,
    subject,
    ...more,
  });
  const discovery = (subject: string, doc: string): ChannelDeclaration =>
    direct(subject, { doc, messages: { probe }, answers: ['discovered'] });
  return {
    log: direct(log, {
      doc: 'The ledger: one message a commit, and nothing is ever removed.',
      messages: { commit: commit([...catalogue.keys()].map(schemaRef)) },
      stream: logStream(TEMPLATE),
    }),
    command: direct(command, {
      doc: 'Signed commands. There is no queue group: every authority hears them, who leads answers.',
      messages: commands,
      answers: ['reply'],
    }),
    query: direct(query, {
      doc: 'Questions to the authority that change nothing.',
      messages: { query: jsonMessage('Head or books.', schemaRef('query'), 'traced') },
      answers: ['answer'],
    }),
    step: direct(step, {
      doc: 'A work queue: a subject a step, gone once acknowledged.',
      messages: { step: stepMessage(schemaRef('step')) },
      stream: stepsStream(TEMPLATE),
      consumer: stepsConsumer(TEMPLATE, '{addressee}' as never),
    }),
    lead: direct(lead, {
      doc: 'Who leads: the latest claim replaces the one before.',
      messages: { claim: leadClaim },
      stream: leadStream(TEMPLATE),
    }),
    'artifact-chunk': direct(`$O.${bucket}.C.{object}`, {
      doc: 'Bytes of an artifact, in the object store of the server.',
      messages: { chunk: artifactChunk },
      stream: objects,
    }),
    'artifact-info': direct(`$O.${bucket}.M.{name}`, {
      doc: 'What an artifact is called, how long it is and of how many chunks.',
      messages: { info: artifactInfo },
      stream: objects,
    }),
    services: discovery('$SRV.{verb}', 'Looks for services: PING, INFO or STATS.'),
    'services-of-name': discovery('$SRV.{verb}.{service}', 'The same of one name.'),
    'service-of-id': discovery('$SRV.{verb}.{service}.{id}', 'The same of one instance.'),
    ...Object.fromEntries(asked.map((one) => [`read-${one.id}`, readChannel(one, read)])),
    [REPLIES]: {
      address: null,
      subject: '_INBOX.{login}.{box}',
      doc: 'Answers go to the inbox that the question names, and to inboxes only.',
      messages: replies,
    },
  };
}
