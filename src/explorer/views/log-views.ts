/** Views of the log: what a search finds, and one entry with the proof that it is in the tree. */
import { isLeft, right } from 'fp-ts/lib/Either.js';
import { inclusionProof } from '../../events/proofs.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { subtreesFromTiles } from '../../roles/proofs/tiled-tree.ts';
import { linesBetween } from '../entries.ts';
import type { LogFilter, LogIndex } from '../log-search/log-index.ts';
import * as p from '../parameters.ts';
import { feedLine } from '../read-models/feed.ts';
import { rosterOf } from '../read-models/roster.ts';
import { HttpError } from '../reply.ts';
import type { Route } from '../route.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { answer, jsonView, search, span } from './view.ts';

const TYPE = /^daybook\.[a-z]+\.[a-z_-]+\.v\d{1,3}$/;
const ACTOR = /^U[A-Z2-7]{55}$/;
/** Participants that a word in the search box may stand for. */
const NAMED_MAX = 20;

const key = (doc: string) => p.text(doc, ACTOR, { otherwise: null });
const upTo = (doc: string) =>
  p.whole(doc, { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: null });

/** Which entries. */
export const whichEntries = {
  type: p.text('A type.', TYPE, { otherwise: null }),
  author: key('The key that signed it.'),
  run: p.anyRun,
  window: upTo('A window.'),
  participant: key('Somebody whom it names.'),
  since: upTo('Ledger time in milliseconds, at least.'),
  until: upTo('Ledger time in milliseconds, at most.'),
  search,
  through: upTo('The last entry that is looked at.'),
};

interface WhichEntries {
  readonly type: string | null;
  readonly author: string | null;
  readonly run: string | null;
  readonly window: number | null;
  readonly participant: string | null;
  readonly since: number | null;
  readonly until: number | null;
  readonly search: string;
  readonly through: number | null;
}

export function filterOf(site: Visit['site'], which: WhichEntries, index: LogIndex): LogFilter {
  const { type, author, run, window, participant, since, until, through } = which;
  const typed = which.search.trim().toLowerCase();
  return {
    ...(type === null ? {} : { types: [type] }),
    ...(author === null ? {} : { author }),
    ...(run === null ? {} : { run }),
    ...(window === null ? {} : { window }),
    ...(participant === null ? {} : { naming: [participant] }),
    ...(since === null ? {} : { sinceMs: since }),
    ...(until === null ? {} : { untilMs: until }),
    ...(through === null ? {} : { through }),
    ...(typed === '' ? {} : { either: meantBy(site, index, typed) }),
  };
}

/** A word is part of what types are called, or of names, or begins a key. */
function meantBy(site: Visit['site'], index: LogIndex, typed: string) {
  const spoken = (type: string): string => type.replaceAll(/[._]/g, ' ');
  const types = index.types.filter((type) => `${type} ${spoken(type)}`.includes(typed));
  const naming = rosterOf(site.folded().history)
    .all.filter(
      ({ name, participant }) =>
        name.toLowerCase().includes(typed) || participant.toLowerCase().startsWith(typed),
    )
    .slice(0, NAMED_MAX)
    .map(({ participant }) => participant);
  return { types, naming };
}

/** The line as it is stored, and the path from it to the root of the tree as it is now. */
async function entry(visit: Visit, sequence: number): Promise<void> {
  const { site } = visit;
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

export const logViews: readonly Route[] = [
  route({
    ...jsonView,
    path: '/view/log',
    id: 'logView',
    doc: 'What a search of the log finds, the newest first.',
    parameters: { ...whichEntries, ...span },
    handle: async (visit, { from, limit, ...which }) => {
      const { site } = visit;
      const index = await site.search.index();
      const found = index.find(filterOf(site, which, index), { from, limit });
      const books = site.folded().history;
      const events = await site.search.entries(found.sequences);
      const rows = events.map((event) => feedLine(books, event));
      answer(visit, { total: found.total, from, indexed: index.size, rows });
    },
  }),
  route({
    ...jsonView,
    path: '/view/words',
    id: 'wordsView',
    doc: 'What there is to filter by.',
    parameters: {},
    handle: async (visit) => {
      const index = await visit.site.search.index();
      answer(visit, {
        indexed: index.size,
        types: [...index.types].sort(),
        runs: [...index.runs].sort(),
      });
    },
  }),
  route({
    ...jsonView,
    path: '/view/entry',
    id: 'entryView',
    doc: 'One entry, and the path to the root.',
    parameters: { sequence: p.sequence },
    errors: ['beyond_head'],
    handle: (visit, { sequence }) => entry(visit, sequence),
  }),
];
