/** Explanations, statements of accounts and what settlements owe. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { cumulativePayouts, cumulativeRoot } from '../../commands/rules/money/settlement.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { actorId } from '../../events/codecs.ts';
import { provePayout, payoutProof } from '../../roles/settlements/payout-proof.ts';
import type { Settlement } from '../../roles/settlements/published.ts';
import * as p from '../parameters.ts';
import { HttpError } from '../reply.ts';
import { route } from '../route.ts';
import type { Visit } from '../visit.ts';
import { AT_ERRORS, jsonAnswer, jsonOfEntries, sendOfEntries } from './answers.ts';
import { lineAt } from './entries.ts';
import { anyObject, count, decimal, many, members, string } from './shape.ts';
import { signedTreeFor } from './signed-tree.ts';
import { tellingView } from './telling-view.ts';
import { statementView } from './views.ts';

const STATEMENT_LINES_MAX = 1000;
const TAG = { tag: 'rewards' } as const;

const statement = route({
  ...TAG,
  path: '/api/statement',
  id: 'statement',
  doc: 'The newest postings of one participant, oldest first, each with what it rests on.',
  parameters: {
    participant: p.participant,
    limit: p.whole('How many at most.', { min: 1, max: STATEMENT_LINES_MAX, otherwise: 200 }),
    at: p.at,
  },
  answer: jsonOfEntries('Its lines, and how many there are in all.', statementView),
  errors: ['not_found', ...AT_ERRORS],
  handle: async (visit, { participant, limit, at }) => {
    const { head, statements, history: book } = await visit.site.foldedAt(at);
    if (book.members[participant] === undefined)
      throw new HttpError(404, 'not_found', 'no such participant in this ledger');
    const lines = statements.get(participant) ?? [];
    const value = { participant, total: lines.length, lines: lines.slice(-limit) };
    sendOfEntries(visit, head, JSON.stringify(value));
  },
});

const explain = route({
  path: '/api/explain',
  id: 'explain',
  tag: 'ledger',
  doc: 'Why something was decided so: what `daybook explain` says, as JSON.',
  parameters: {
    kind: p.explained,
    of: p.text('What is asked about; what that is depends on the kind.', /^[\w/:.-]{1,200}$/, {
      required: 'what is asked about',
    }),
    run: p.anyRun,
    period: p.whole('Of a payout.', { min: 0, max: 1_000_000, otherwise: null }),
  },
  answer: jsonOfEntries(
    'The explanation, whose members depend on the kind, and the same as people read it.',
    members({ kind: string, of: string, explanation: anyObject, telling: tellingView }),
  ),
  errors: ['not_explained', 'too_much_history', 'busy'],
  handle: async (visit, { kind, of, run, period }) => {
    const { explanation, telling, ...head } = await visit.site.explaining.explain(kind, {
      of,
      ...(run === null ? {} : { run }),
      ...(period === null ? {} : { period }),
    });
    sendOfEntries(visit, head, JSON.stringify({ kind, of, explanation, telling }));
  },
});

const SETTLEMENT_ERRORS = ['not_found', 'log_away', ...AT_ERRORS] as const;

/** The settlement at this entry, its payouts computed again from the books right after it. */
async function settlementAt(visit: Visit, sequence: number): Promise<Settlement> {
  const entry = await lineAt(visit.site, sequence);
  const decoded = decodeEvent(entry);
  if (isLeft(decoded)) throw new Error(`${decoded.left.code}: ${decoded.left.message}`);
  const event = decoded.right;
  if (event.type !== 'daybook.settlement.published.v2')
    throw new HttpError(404, 'not_found', `entry ${sequence} is a ${event.type}, no settlement`);
  const { books } = await visit.site.foldedAt(sequence);
  const payouts = cumulativePayouts(books);
  if (cumulativeRoot(payouts) !== event.data.root)
    throw new Error(`the root of settlement ${sequence} is not that of its payouts`);
  return { event, entry, payouts, books };
}

const settlement = route({
  ...TAG,
  path: '/api/settlements/{sequence}',
  id: 'settlement',
  doc: 'A settlement over cumulative payouts: its root and what each may have claimed in all.',
  parameters: { sequence: p.sequence },
  answer: jsonOfEntries(
    'Amounts in micro-units; a payout is a leaf of the tree under the root.',
    members({
      sequence: count,
      root: string,
      payouts: many(members({ participant: actorId, cumulative: decimal })),
    }),
  ),
  errors: SETTLEMENT_ERRORS,
  handle: async (visit, { sequence }) => {
    const { event, payouts } = await settlementAt(visit, sequence);
    const { head } = await visit.site.foldedAt(sequence);
    sendOfEntries(visit, head, JSON.stringify({ sequence, root: event.data.root, payouts }));
  },
});

const payout = route({
  ...TAG,
  path: '/api/settlements/{sequence}/payouts/{participant}',
  id: 'payoutProof',
  doc: 'What one participant may claim in all, provable offline: what `daybook payout prove` writes.',
  parameters: { sequence: p.sequence, participant: p.participant },
  answer: jsonAnswer('For `daybook payout verify`.', payoutProof),
  errors: [...SETTLEMENT_ERRORS, 'no_checkpoint'],
  handle: async (visit, { sequence, participant }) => {
    const found = await settlementAt(visit, sequence);
    const proof = provePayout(await signedTreeFor(visit.site, sequence), found, participant);
    if (proof === null) throw new HttpError(404, 'not_found', 'it has nothing to claim');
    const { head } = await visit.site.foldedAt(sequence);
    sendOfEntries(visit, head, JSON.stringify(proof));
  },
});

export const explainedRoutes = [statement, explain, settlement, payout];
