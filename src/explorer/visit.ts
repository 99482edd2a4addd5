/** One request on its way through a route. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Site } from './site.ts';

export interface Visit {
  readonly site: Site;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}
