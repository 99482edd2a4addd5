/** The service itself: how it stands, and the live stream. */
import { METRICS_TYPE } from '../../roles/telemetry/exposition.ts';
import { metricsText } from '../metrics.ts';
import { begin, HttpError, send, sendError, sendJson } from '../reply.ts';
import { route } from '../route.ts';
import { STREAMS_MAX } from '../streams.ts';
import type { Visit } from '../visit.ts';
import { jsonAnswer } from './answers.ts';
import { members, words } from './shape.ts';
import { statusView } from './views.ts';

const SHARED = { tag: 'service', parameters: {} } as const;
const TEXT = { type: 'string' };

function events({ site, request, response }: Visit): void {
  if (site.streams.count >= STREAMS_MAX)
    throw new HttpError(503, 'too_many_streams', `${STREAMS_MAX} streams are open; try later`);
  const header = request.headers['last-event-id'];
  const lastEventId =
    typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
  begin(response, 200, { 'content-type': 'text/event-stream; charset=utf-8' });
  if (request.method === 'HEAD') response.end();
  else site.streams.open(response, lastEventId);
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
    ready: site.ready,
    commits: site.follower.commits,
    streams: site.streams.count,
    requests: site.requests,
    process: site.processSamples(),
  });
  send(request, response, 200, { 'content-type': METRICS_TYPE }, text);
}

export const serviceRoutes = [
  route({
    ...SHARED,
    path: '/events',
    id: 'events',
    doc: 'What changes, as server-sent events; an id is a sequence, and Last-Event-ID resumes.',
    answer: {
      doc: 'Events `change` with the items that changed, and `pulse` every second.',
      types: { 'text/event-stream': TEXT },
    },
    errors: ['too_many_streams'],
    handle: events,
  }),
  route({
    ...SHARED,
    path: '/healthz',
    id: 'health',
    doc: 'Whether the process answers.',
    answer: jsonAnswer('It does.', members({ status: words('ok') })),
    errors: [],
    handle: ({ request, response }) => sendJson(request, response, { status: 'ok' }),
  }),
  route({
    ...SHARED,
    path: '/readyz',
    id: 'readiness',
    doc: 'Whether the whole log was folded and nothing is wrong with it.',
    answer: jsonAnswer('It was.', members({ status: words('ready') })),
    errors: ['not_ready'],
    handle: readyz,
  }),
  route({
    ...SHARED,
    path: '/status',
    id: 'status',
    doc: 'Where the explorer stands: entries, lag, fault, open streams.',
    answer: jsonAnswer('As of now.', statusView),
    errors: [],
    handle: status,
  }),
  route({
    ...SHARED,
    path: '/metrics',
    id: 'metrics',
    doc: 'For Prometheus.',
    answer: { doc: 'In its text format.', types: { 'text/plain': TEXT } },
    errors: [],
    handle: metrics,
  }),
];
