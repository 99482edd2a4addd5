/** Descriptions for other programs: of this interface, and of what crosses the wire. */
import { JSON_TYPE, sendTagged } from '../reply.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { jsonAnswer } from './answers.ts';
import { schemaBundle } from '../../roles/schemas.ts';
import { asyncApiOf } from '../asyncapi/document.ts';
import { openApiOf } from './openapi.ts';
import { anyObject } from './shape.ts';

/** Made when somebody first asks: none of it changes while the process runs. */
function documentRoute(path: string, id: string, doc: string, make: () => object): Route {
  let text: string | null = null;
  return route({
    path,
    id,
    tag: 'service',
    doc,
    parameters: {},
    answer: jsonAnswer(doc, anyObject),
    errors: [],
    handle: ({ request, response }) => {
      text ??= JSON.stringify(make());
      sendTagged(request, response, { 'content-type': JSON_TYPE }, text);
    },
  });
}

/** The given routes, and those that describe them all and the ledger behind them. */
export function describedRoutes(routes: readonly Route[]): readonly Route[] {
  const all: readonly Route[] = [
    ...routes,
    documentRoute('/openapi.json', 'openapi', 'This interface, as OpenAPI 3.1.', () =>
      openApiOf(all),
    ),
    documentRoute(
      '/schemas.json',
      'schemas',
      'JSON Schemas of every event, command, reply, query, answer and step, by name under `$defs`.',
      schemaBundle,
    ),
    documentRoute(
      '/asyncapi.json',
      'asyncapi',
      'What goes over NATS - subjects, messages, who sends and receives - as AsyncAPI 3.0.',
      () => asyncApiOf(all),
    ),
  ];
  return all;
}
