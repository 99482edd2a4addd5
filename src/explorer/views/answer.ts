/** How a view is answered: JSON, with the prefix of the ledger that it speaks of. */
import type { HeadView } from '../read-models/overview.ts';
import { sendJson } from '../reply.ts';
import type { Visit } from '../visit.ts';

/** @param value null: the ledger has nothing of this name, or not yet */
export function answer({ site, request, response }: Visit, value: object | null): void {
  sendJson(request, response, value, headersOf(site.folded().head));
}

export const headersOf = ({ size, rootBase64 }: HeadView) => ({
  'daybook-size': String(size),
  'daybook-root': rootBase64,
});
