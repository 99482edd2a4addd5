/**
 * The AsyncAPI 3.0 document of a ledger on NATS. Nothing is said here that a declaration does not
 * say: subjects and streams, permissions, codecs, routes.
 */
import type { JsonSchema } from '../../events/codecs.ts';
import { schemas } from '../../roles/schemas.ts';
import { INTERFACE_VERSION } from '../api/openapi.ts';
import type { Route } from '../route.ts';
import type { ChannelDeclaration } from './channels.ts';
import { channelsOf } from './channels.ts';
import type { MessageDeclaration } from './messages.ts';
import { operationsOf } from './operations.ts';

const PARAMETERS: Readonly<Record<string, string>> = {
  ledger: 'Name of the ledger.',
  addressee: 'Public key of who is to do it.',
  step: 'First 32 hex digits of the SHA-256 of its id.',
  object: 'The `nuid` of the artifact in this store.',
  name: 'SHA-256 of the bytes in hex, in base64url.',
  verb: 'PING, INFO or STATS.',
  service: '`daybook-<ledger>` or `daybook-<ledger>-read`.',
  id: 'Of one instance, from its answer.',
};

const parametersOf = (address: string | null): JsonSchema =>
  Object.fromEntries(
    [...(address ?? '').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      { description: PARAMETERS[name] },
    ]),
  );

const messageOf = (
  name: string,
  { doc, contentType, payload, headers }: MessageDeclaration,
): JsonSchema => ({
  name,
  summary: doc,
  contentType,
  payload,
  ...(headers === undefined ? {} : { headers }),
});

const channelOf = ({
  address,
  doc,
  messages,
  stream,
  consumer,
}: ChannelDeclaration): JsonSchema => ({
  address,
  description: doc,
  parameters: parametersOf(address),
  messages: Object.fromEntries(
    Object.entries(messages).map(([name, one]) => [name, messageOf(name, one)]),
  ),
  ...(stream === undefined ? {} : { 'x-jetstream-stream': stream }),
  ...(consumer === undefined ? {} : { 'x-jetstream-consumer': consumer }),
});

/** `event/daybook.run.planned.v1` and `command/plan-run` go by their last part. */
const componentName = (name: string): string => name.slice(name.indexOf('/') + 1);

/** AsyncAPI's schemas are of an older draft; ours use nothing that changed since. */
const componentOf = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'));

export function asyncApiOf(routes: readonly Route[]): JsonSchema {
  const channels = channelsOf(routes);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Daybook on NATS',
      version: INTERFACE_VERSION,
      description:
        'What a ledger and its parties say to each other. An operation is named for the role it is ' +
        'of: what the permissions of that role let it send or receive. `desk` is the login of the ' +
        'authority for all but the log; without accounts both are one. No operation has a queue group.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: '{host}:{port}',
        protocol: 'nats',
        description: 'A server or a cluster with JetStream.',
        variables: { host: { default: 'localhost' }, port: { default: '4222' } },
        security: [
          { $ref: '#/components/securitySchemes/nkey' },
          { $ref: '#/components/securitySchemes/password' },
        ],
      },
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, one]) => [name, channelOf(one)]),
    ),
    operations: operationsOf(channels),
    components: {
      schemas: Object.fromEntries(
        [...schemas].map(([name, schema]) => [componentName(name), componentOf(schema)]),
      ),
      securitySchemes: {
        nkey: {
          type: 'asymmetricEncryption',
          description: "NKey: the server's nonce, signed with the Ed25519 key of the party.",
        },
        password: { type: 'userPassword', description: 'Name and password of a login.' },
      },
    },
  };
}
