/** Views of the log: what a search finds, and one entry with the proof that it is in the tree. */
import { isLeft, right } from 'fp-ts/lib/Either.js';
import { inclusionProof } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { subtreesFromTiles } from '../../roles/proofs/tiled-tree.ts';
import { linesBetween } from '../entries.ts';
import type { LogFilter, LogIndex } from '../log-search/log-index.ts';
import { Query } from '../query.ts';
import { feedLine } from '../read-models/feed.ts';
import { HttpError } from '../reply.ts';
import type { Visit } from '../visit.ts';
import { answer } from './answer.ts';
import { ACTOR, numberOf, RUN, SEARCH, spanOf } from './ask.ts';

const TYPE = /^daybook\.[a-z]+\.[a-z_-]+\.v\d{1,3}$/;
/** Participants that a word in the search box may stand for. */
const NAMED_MAX = 20;
/** Parameters that say which entries. */
export const FILTERS = [
  'type',
  'author',
  'run',
  'window',
  'participant',
  'since',
  'until',
  'search',
  'through',
];

export async function log(visit: Visit): Promise<void> {
  const query = new Query(visit.params, [...FILTERS, 'from', 'limit']);
  const { site } = visit;
  const index = await site.search.index();
  const span = spanOf(query);
  const found = index.find(filterOf(site, query, index), span);
  const books = site.folded().history;
  const events = await site.search.entries(found.sequences);
  answer(visit, {
    total: found.total,
    from: span.from,
    indexed: index.size,
    rows: events.map((event) => feedLine(books, event)),
  });
}

/** What there is to filter by. */
export async function words(visit: Visit): Promise<void> {
  void new Query(visit.params, []);
  const index = await visit.site.search.index();
  answer(visit, { types: [...index.types].sort(), runs: [...index.runs].sort() });
}

export function filterOf(site: Visit['site'], query: Query, index: LogIndex): LogFilter {
  const type = query.text('type', TYPE);
  const author = query.text('author', ACTOR);
  const run = query.text('run', RUN);
  const participant = query.text('participant', ACTOR);
  const search = (query.text('search', SEARCH) ?? '').trim().toLowerCase();
  const optional = {
    window: numberOf(query, 'window'),
    sinceMs: numberOf(query, 'since'),
    untilMs: numberOf(query, 'until'),
    through: numberOf(query, 'through'),
  };
  return {
    ...(type === null ? {} : { types: [type] }),
    ...(author === null ? {} : { author }),
    ...(run === null ? {} : { run }),
    ...(participant === null ? {} : { naming: [participant] }),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...(search === '' ? {} : { either: meantBy(site, index, search) }),
  };
}

/** A word is part of what types are called, or of names, or begins a key. */
function meantBy(site: Visit['site'], index: LogIndex, search: string) {
  const spoken = (type: string): string => type.replaceAll(/[._]/g, ' ');
  const types = index.types.filter((type) => `${type} ${spoken(type)}`.includes(search));
  const naming = Object.values(site.folded().history.members)
    .filter(
      ({ name, participant }) =>
        name.toLowerCase().includes(search) || participant.toLowerCase().startsWith(search),
    )
    .slice(0, NAMED_MAX)
    .map(({ participant }) => participant);
  return { types, naming };
}

/** The line as it is stored, and the path from it to the root of the tree as it is now. */
export async function entry(visit: Visit): Promise<void> {
  const query = new Query(visit.params, ['sequence']);
  const { site } = visit;
  const sequence = numberOf(query, 'sequence') ?? 0;
  const { head, history } = site.folded();
  if (sequence >= head.size)
    throw new HttpError(404, 'beyond_head', `the last entry is ${head.size - 1}`);
  const [event] = await site.search.entries([sequence]);
  let line = '';
  for await (const bytes of linesBetween(site, sequence, sequence + 1))
    line = Buffer.from(bytes).toString('utf8');
  if (event === undefined) throw new Error('a verified entry is there');
  answer(visit, {
    ...feedLine(history, event),
    line,
    proof: await proofOf(visit, sequence, head.size),
    signedSize: site.publication.last?.size ?? null,
  });
}

async function proofOf({ site }: Visit, index: number, size: number) {
  const { tree } = site.follower.folding;
  // It may have grown since; then the tiles are of a larger tree, and the next look gets it right.
  if (tree.size !== size) return null;
  const use = (subtree: SubtreeHash): unknown => inclusionProof(index, size, subtree);
  const subtree = await subtreesFromTiles(
    { size, root: tree.root() },
    async (tile) => right(await site.tiles.bytes(tile)),
    use,
  );
  if (isLeft(subtree)) return null;
  return {
    index,
    size,
    rootHex: Buffer.from(tree.root()).toString('hex'),
    path: inclusionProof(index, size, subtree.right).map((hash) =>
      Buffer.from(hash).toString('hex'),
    ),
  };
}
