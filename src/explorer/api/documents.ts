/** What is served of itself: the description of this interface. */
import { sendTagged } from '../reply.ts';
import { route } from '../route.ts';
import type { Route } from '../route.ts';
import { jsonAnswer } from './answers.ts';
import { openApiOf } from './openapi.ts';
import { anyObject } from './shape.ts';

/** The given routes, and one more that describes them all. */
export function describedRoutes(routes: readonly Route[]): readonly Route[] {
  let text: string | null = null;
  const own = route({
    path: '/openapi.json',
    id: 'openapi',
    tag: 'service',
    doc: 'This description.',
    parameters: {},
    answer: jsonAnswer('An OpenAPI 3.1 document.', anyObject),
    errors: [],
    handle: ({ request, response }) => {
      text ??= JSON.stringify(openApiOf(all));
      sendTagged(request, response, { 'content-type': 'application/json' }, text);
    },
  });
  const all = [...routes, own];
  return all;
}
