/**
 * The routes, as a table: exact paths to handlers. Everything is read-only; what a route takes from
 * the request is parsed by `Query`, and nothing in a path reaches the file system or the log.
 */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonObject } from '../events/canonical-json.ts';
import { csvOf } from './csv.ts';
import { entriesBetween } from './entries.ts';
import { EXPLAINED, explainedBy, isExplained } from '../roles/explain/kinds.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { byWindow, contributorColumns, windowColumns } from './page/columns.js';
import { Query } from './query.ts';
import type { HeadView } from './read-models/overview.ts';
import { windowRow } from './read-models/window-row.ts';
import type { Headers } from './reply.ts';
import { begin, HttpError, JSON_TYPE, send, sendError, sendJson } from './reply.ts';
import { STREAMS_MAX } from './streams.ts';
import { checkpoint } from './tiles/routes.ts';
import { viewRoutes } from './views/routes.ts';
import type { Visit } from './visit.ts';

type Handler = (visit: Visit) => void | Promise<void>;

const ENTRIES_LIMIT_MAX = 1000;
const STATEMENT_LINES_MAX = 1000;
const RUN = /^[a-z0-9][a-z0-9-]{0,63}$/;
const ACTOR = /^U[A-Z2-7]{55}$/;

export const routes: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['/api/overview', overview],
  ['/api/entries', entries],
  ['/api/books', books],
  ['/api/statement', statement],
  ['/api/explain', explain],
  ['/api/windows.csv', windowsCsv],
  ['/api/contributors.csv', contributorsCsv],
  ['/checkpoint', checkpoint],
  ['/events', events],
  ['/healthz', healthz],
  ['/readyz', readyz],
  ['/status', status],
  ['/metrics', metrics],
  ...viewRoutes,
]);

/** Which prefix of the ledger an answer speaks of. */
function asOf({ size, rootBase64 }: HeadView): Headers {
  return { 'daybook-size': String(size), 'daybook-root': rootBase64 };
}

async function overview({ site, request, response, params }: Visit): Promise<void> {
  const at = new Query(params, ['at']).at();
  const { fault } = site.follower;
  const view = await site.overviewAt(at);
  sendJson(request, response, { ...view, fault }, asOf(view.head));
}

/** Stored bytes, one entry a line; `daybook-next` is where the next page begins. */
async function entries({ site, request, response, params }: Visit): Promise<void> {
  const query = new Query(params, ['from', 'limit']);
  const max = Number.MAX_SAFE_INTEGER;
  const from = query.integer('from', { min: 0, max, otherwise: 0 });
  const limit = query.integer('limit', { min: 1, max: ENTRIES_LIMIT_MAX, otherwise: 100 });
  const end = Math.min(site.follower.size, from + limit);
  begin(response, 200, {
    ...asOf(site.folded().head),
    'content-type': 'application/x-ndjson; charset=utf-8',
    'daybook-next': String(Math.max(from, end)),
  });
  if (request.method !== 'HEAD') await entriesBetween(site, from, end, response);
  response.end();
}

/** Canonical JSON of the books: the bytes that a replay of the same prefix gives. */
async function books({ site, request, response, params }: Visit): Promise<void> {
  const { head, books: folded } = await site.foldedAt(new Query(params, ['at']).at());
  const text = canonicalJson(folded as unknown as JsonObject);
  send(request, response, 200, { ...asOf(head), 'content-type': JSON_TYPE }, text);
}

/** The newest postings of one participant, oldest first. */
async function statement({ site, request, response, params }: Visit): Promise<void> {
  const query = new Query(params, ['participant', 'limit', 'at']);
  const participant = query.text('participant', ACTOR);
  if (participant === null)
    throw new HttpError(400, 'bad_parameter', 'participant is the key whose statement is wanted');
  const limit = query.integer('limit', { min: 1, max: STATEMENT_LINES_MAX, otherwise: 200 });
  const { head, statements, history: book } = await site.foldedAt(query.at());
  if (book.members[participant] === undefined)
    throw new HttpError(404, 'not_found', 'no such participant in this ledger');
  const lines = statements.get(participant) ?? [];
  const value = { participant, total: lines.length, lines: lines.slice(-limit) };
  sendJson(request, response, value, asOf(head));
}

/** Why something was decided so: what `daybook explain` says, as JSON. */
async function explain({ site, request, response, params }: Visit): Promise<void> {
  const query = new Query(params, ['kind', 'of', 'run', 'period']);
  const kind = query.text('kind', /^[a-z]+$/) ?? '';
  if (!isExplained(kind))
    throw new HttpError(
      400,
      'bad_parameter',
      `kind is one of ${Object.keys(EXPLAINED).join(', ')}`,
    );
  const of = query.text('of', /^[\w/:.-]{1,200}$/);
  if (of === null)
    throw new HttpError(400, 'bad_parameter', `of is missing: ${explainedBy(kind).of}`);
  const run = query.text('run', RUN);
  const period = query.integer('period', { min: 0, max: 1_000_000, otherwise: -1 });
  const { explanation, size, rootBase64 } = await site.explaining.explain(kind, {
    of,
    ...(run === null ? {} : { run }),
    ...(period < 0 ? {} : { period }),
  });
  const headers = { 'daybook-size': String(size), 'daybook-root': rootBase64 };
  sendJson(request, response, { kind, of, explanation }, headers);
}

async function windowsCsv({ params, ...visit }: Visit): Promise<void> {
  const query = new Query(params, ['run', 'at']);
  const run = query.text('run', RUN);
  const { head, history } = await visit.site.foldedAt(query.at());
  const rows = Object.values(history.windows)
    .filter((window) => run === null || window.run === run)
    .map((window) => windowRow(history, window))
    .sort(byWindow);
  sendCsv(visit, head, 'windows.csv', csvOf(windowColumns, rows));
}

async function contributorsCsv({ params, ...visit }: Visit): Promise<void> {
  const { head, contributors } = await visit.site.overviewAt(new Query(params, ['at']).at());
  sendCsv(visit, head, 'contributors.csv', csvOf(contributorColumns, contributors));
}

function sendCsv(
  { request, response }: Pick<Visit, 'request' | 'response'>,
  head: HeadView,
  name: string,
  text: string,
): void {
  const headers = {
    ...asOf(head),
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="${name}"`,
  };
  send(request, response, 200, headers, text);
}

function events({ site, request, response, params }: Visit): void {
  void new Query(params, []);
  if (site.streams.count >= STREAMS_MAX)
    throw new HttpError(503, 'too_many_streams', `${STREAMS_MAX} streams are open; try later`);
  const header = request.headers['last-event-id'];
  const lastEventId =
    typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
  begin(response, 200, { 'content-type': 'text/event-stream; charset=utf-8' });
  if (request.method === 'HEAD') response.end();
  else site.streams.open(response, lastEventId);
}

function healthz({ request, response }: Visit): void {
  sendJson(request, response, { status: 'ok' });
}

function readyz({ site, request, response }: Visit): void {
  if (site.ready) return sendJson(request, response, { status: 'ready' });
  const why = site.follower.fault?.message ?? 'the log is still being folded';
  sendError(request, response, new HttpError(503, 'not_ready', why), { 'retry-after': '1' });
}

function status({ site, request, response }: Visit): void {
  sendJson(request, response, {
    ...site.pulse(),
    ready: site.ready,
    rebuilding: site.follower.isRebuilding,
    position: site.follower.position,
    commits: site.follower.commits,
    rootBase64: site.follower.folding.head.rootBase64,
    streams: site.streams.count,
    uptimeSeconds: Math.round(site.uptimeSeconds),
  });
}

function metrics({ site, request, response }: Visit): void {
  const text = metricsText({
    overview: site.overview(),
    pulse: site.pulse(),
    commits: site.follower.commits,
    streams: site.streams.count,
    requests: site.requests,
    residentBytes: process.memoryUsage.rss(),
    uptimeSeconds: site.uptimeSeconds,
  });
  send(request, response, 200, { 'content-type': METRICS_TYPE }, text);
}
