/** The program with which the audit page recomputes a ledger in the browser's own thread. */
import { AUDIT_WORKER, auditWorker } from '../browser-bundle.ts';
import { HttpError, send } from '../reply.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';

/** The audit's thread runs WebAssembly, and may open no connection: what it reads stays with it. */
const AUDIT_THREAD_POLICY =
  "default-src 'none'; connect-src 'none'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'";

async function auditThread({ request, response }: Visit): Promise<void> {
  const script = await auditWorker().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpError(503, 'not_bundled', `the audit for browsers cannot be made: ${why}`);
  });
  const headers = {
    'content-type': 'text/javascript; charset=utf-8',
    'content-security-policy': AUDIT_THREAD_POLICY,
  };
  send(request, response, 200, headers, script);
}

export const auditRoutes: readonly Route[] = [
  route({
    path: `/page/${AUDIT_WORKER}`,
    id: 'auditThread',
    tag: 'page',
    doc: 'The audit as a script for a thread of the browser; its policy lets it open no connection.',
    parameters: {},
    answer: { doc: 'The script.', types: { 'text/javascript': { type: 'string' } } },
    errors: ['not_bundled'],
    handle: auditThread,
  }),
];
