/** Entries: in ranges, by what they say of themselves, and one by its sequence. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { canonicalJson } from '../../events/canonical-json.ts';
import { decodeEntry } from '../../events/entry.ts';
import type { Entry } from '../../events/entry.ts';
import { Breath } from '../breath.ts';
import { linesBetween, entriesBetween, writeLine } from '../entries.ts';
import * as p from '../parameters.ts';
import { begin, HttpError, JSON_TYPE, sendTagged } from '../reply.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { asOf } from './answers.ts';

const ENTRIES_LIMIT_MAX = 1000;
/** Entries that a filtered request may have read: the next one goes on after them. */
const SEARCHED_MAX = 20_000;
const LINES_MEDIA = 'application/x-ndjson';
const STRUCTURED = 'application/cloudevents+json';
const ID = /^[!-~]{1,128}$/;

interface Filter {
  readonly type: string | null;
  readonly subject: string | null;
  readonly actor: string | null;
  readonly command: string | null;
}

const isFiltered = ({ type, subject, actor, command }: Filter): boolean =>
  [type, subject, actor, command].some((wanted) => wanted !== null);

/** A subject is wanted with what is below it: `run/r` has `run/r/window/3`. */
const passes = (entry: Entry, { type, subject, actor, command }: Filter): boolean =>
  (type === null || entry.type === type) &&
  (actor === null || entry.actor === actor) &&
  (command === null || entry.commandid === command) &&
  (subject === null || entry.subject === subject || entry.subject.startsWith(`${subject}/`));

/** Stored bytes, one entry a line; `daybook-next` is where the next page begins. */
const range = route({
  path: '/api/entries',
  id: 'entries',
  tag: 'entries',
  doc: 'Entries as they are stored, one a line, from a sequence on; with filters, those that pass.',
  parameters: {
    from: p.whole('Sequence of the first one looked at.', {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      otherwise: 0,
    }),
    limit: p.whole('How many at most.', { min: 1, max: ENTRIES_LIMIT_MAX, otherwise: 100 }),
    type: p.text('Only of this type.', /^daybook\.[a-z0-9_.-]{1,120}$/, { otherwise: null }),
    subject: p.text('Only about this or what is below it.', /^[!-~]{1,256}$/, { otherwise: null }),
    actor: p.text('Only by this key.', /^U[A-Z2-7]{55}$/, { otherwise: null }),
    command: p.text('Only those that this command led to.', ID, { otherwise: null }),
  },
  answer: {
    doc: 'CloudEvents in structured mode, one a line.',
    types: { [LINES_MEDIA]: { type: 'string' } },
    isOfEntries: true,
    headers: { 'daybook-next': 'Where the next page begins; the size of the ledger at its end.' },
  },
  errors: ['log_away'],
  handle: async (visit, { from, limit, ...filter }) => {
    if (isFiltered(filter)) await search(visit, from, limit, filter);
    else await page(visit, from, limit);
  },
});

const headersOf = ({ site }: Visit, next: number) => ({
  ...asOf(site.folded().head),
  'content-type': `${LINES_MEDIA}; charset=utf-8`,
  'daybook-next': String(next),
});

async function page(visit: Visit, from: number, limit: number): Promise<void> {
  const { site, request, response } = visit;
  const end = Math.min(site.follower.size, from + limit);
  begin(response, 200, headersOf(visit, Math.max(from, end)));
  if (request.method !== 'HEAD') await entriesBetween(site, from, end, response);
  response.end();
}

/** `daybook-next` stands before the lines, so they are gathered first: at most `limit` of them. */
async function search(visit: Visit, from: number, limit: number, filter: Filter): Promise<void> {
  const { site, request, response } = visit;
  const end = Math.min(site.follower.size, from + SEARCHED_MAX);
  const found: Uint8Array[] = [];
  let next = Math.max(from, end);
  let index = from;
  const breath = new Breath();
  for await (const line of linesBetween(site, from, end)) {
    const entry = decodeEntry(line);
    if (isLeft(entry)) throw new Error(`${entry.left.code}: ${entry.left.message}`);
    index += 1;
    if (passes(entry.right, filter)) found.push(line);
    if (found.length === limit) {
      next = index;
      break;
    }
    await breath.take();
  }
  begin(response, 200, headersOf(visit, next));
  if (request.method !== 'HEAD') for (const line of found) await writeLine(response, line);
  response.end();
}

const one = route({
  path: '/api/entries/{sequence}',
  id: 'entry',
  tag: 'entries',
  doc: 'One entry as a CloudEvent: its stored bytes, or its attributes in headers around its data.',
  parameters: {
    sequence: p.sequence,
    mode: p.choice('Of the CloudEvents HTTP binding.', ['structured', 'binary'], {
      otherwise: 'structured' as const,
    }),
  },
  answer: {
    doc: 'Structured: the line as it is stored. Binary: `data` in canonical form, `ce-` headers.',
    types: { [STRUCTURED]: { type: 'object' }, 'application/json': { type: 'object' } },
  },
  errors: ['beyond_head', 'log_away'],
  handle: async ({ site, request, response }, { sequence, mode }) => {
    const line = await lineAt(site, sequence);
    if (mode === 'structured')
      return sendTagged(
        request,
        response,
        { 'content-type': `${STRUCTURED}; charset=utf-8` },
        line,
      );
    const entry = JSON.parse(Buffer.from(line).toString('utf8')) as Record<string, string>;
    const { data, datacontenttype: _type, ...attributes } = entry;
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
    );
    const body = canonicalJson(data as never);
    sendTagged(request, response, { ...headers, 'content-type': JSON_TYPE }, body);
  },
});

/** @throws HttpError beyond_head */
export async function lineAt(site: Visit['site'], sequence: number): Promise<Uint8Array> {
  const { size } = site.follower;
  if (sequence < size)
    for await (const line of linesBetween(site, sequence, sequence + 1)) return line;
  throw new HttpError(404, 'beyond_head', `the last entry is ${size - 1}`);
}

export const entryRoutes = [range, one];
