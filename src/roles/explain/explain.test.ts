/** Explanations of a story in which everything happens, held against the story itself. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { encodeCommand, signCommand } from '../../commands/command.ts';
import { largestRemainder } from '../../commands/shares.ts';
import { currentAssignments } from '../../projections/books.ts';
import { artifactNamed, keyNamed, LEDGER, NONCE } from '../../testing/desk.ts';
import { tagged } from '../../events/command-tag.ts';
import { overturnedStory } from '../../testing/dispute-case.ts';
import { DeskStory } from '../../testing/desk-story.ts';
import { stagesStory } from '../../testing/stories/stages.ts';
import { wholeStory } from '../../testing/story.ts';
import { Rebuild } from '../rebuild.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import type { PayoutExplanation } from './payout.ts';
import { explainPayout } from './payout.ts';
import { explainPromotion } from './promotion.ts';
import { explainRefusal } from './refusal.ts';
import { divide } from './shares.ts';
import { explainVerdict } from './verdict.ts';

/** @param alter what the chronicle is told instead of an entry */
function gather(
  lines: readonly Uint8Array[],
  alter: (event: LedgerEvent) => LedgerEvent = (event) => event,
): Evidence {
  const rebuilt = new Rebuild({ whole: true });
  const chronicle = new Chronicle();
  for (const line of lines) chronicle.observe(alter(rebuilt.add(line)));
  return { books: rebuilt.books, roots: rebuilt.roots, chronicle };
}

function told<T>(explained: { _tag: 'Left'; left: string } | { _tag: 'Right'; right: T }): T {
  if (explained._tag === 'Right') return explained.right;
  throw new Error(explained.left);
}
const refusal = (explained: { _tag: string; left?: string }): string => explained.left ?? 'told';

const { desk } = wholeStory();
const evidence = gather(desk.lines);
const typeAt = (sequence: number | null | undefined): string | undefined =>
  sequence === null || sequence === undefined ? undefined : desk.events[sequence]?.type;

/** A story of honest windows, one of them with a validator that is mistaken. */
function shortStory(): DeskStory {
  const story = new DeskStory({ windows: 2 });
  story.play(4_000_000, 3_600_000);
  story.play(3_600_000, 3_599_000, true);
  return story;
}

describe('a payout', () => {
  const period = evidence.books.rewards.periods['r/0'];

  it('is derived again for everybody, and is what was settled', () => {
    expect(period?.state).toBe('settled');
    let sum = 0n;
    for (const { participant, name } of Object.values(evidence.books.members)) {
      const explained = told(explainPayout(evidence, { who: participant, run: 'r' }));
      const line = period?.payouts.find((one) => one.participant === participant);
      expect(explained.who.name).toBe(name);
      expect(explained.total).toBe(line?.total ?? '0');
      expect(explained.agrees).toBe(true);
      sum += BigInt(explained.total);
    }
    expect(sum.toString()).toBe(period?.paid);
  });

  it('goes back to the draw, by entries of the right type, in order', () => {
    const paid = period?.payouts.find(({ work }) => work !== '0');
    const explained = told(explainPayout(evidence, { who: paid?.participant ?? '', run: 'r' }));
    expect(explained.credits.length).toBeGreaterThan(0);
    for (const { chain, sequence } of explained.credits) {
      const sequences = chain.map((step) => step.sequence);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
      expect(sequences.at(-1)).toBeLessThan(sequence);
      const types = Object.fromEntries(chain.map((step) => [step.step, typeAt(step.sequence)]));
      expect(types['window']).toBe('daybook.window.planned.v1');
      expect(types['submission']).toBe('daybook.submission.committed.v1');
      expect(types['resolution']).toBe('daybook.challenge.resolved.v1');
    }
    expect(typeAt(explained.paid?.sequence)).toBe('daybook.journal.posted.v1');
    expect(typeAt(explained.settlement)).toBe('daybook.settlement.published.v1');
  });

  it('sums credits less forfeits to the weight it was shared by', () => {
    for (const who of Object.keys(evidence.books.members)) {
      const { parts, credits, taken } = told(explainPayout(evidence, { who, run: 'r' }));
      for (const { unit, own } of parts) {
        const sum = (lines: readonly { unit: string; amount: string }[]): bigint =>
          lines.filter((line) => line.unit === unit).reduce((s, l) => s + BigInt(l.amount), 0n);
        expect((sum(credits) - sum(taken)).toString()).toBe(own?.credits ?? '0');
      }
    }
  });

  it('names the penalty of the cheat and what earned nothing', () => {
    const cheat = Object.values(evidence.books.members).find(({ rejected }) => rejected > 0);
    const explained = told(explainPayout(evidence, { who: cheat?.name ?? '', run: 'r' }));
    expect(explained.taken).toContainEqual(
      expect.objectContaining({ unit: 'micro', amount: '25000000' }),
    );
    expect(explained.unrewarded.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/^rejected/),
    );
  });

  it('weighs a cheat by what is left after its credits are forfeited', () => {
    const story = new DeskStory({ windows: 2 });
    story.play(4_000_000, 3_600_000);
    const earlier = gather(story.desk.lines);
    const held = currentAssignments(story.window).find(({ participant }) =>
      told(explainPayout(earlier, { who: participant })).credits.some(
        ({ unit }) => unit === 'work',
      ),
    );
    if (held === undefined) throw new Error('four workers in three slots twice: one comes again');
    story.desk.pass(1000);
    story.claim(held);
    story.submit(held, 3_600_000, 'altered');
    story.play(3_600_000, 3_200_000);
    const after = gather(story.desk.lines);
    const explained = told(explainPayout(after, { who: held.participant }));
    const earned = explained.credits.filter(({ unit }) => unit === 'work');
    const forfeited = explained.taken.filter(({ unit }) => unit === 'work');
    expect(forfeited).toHaveLength(1);
    expect(BigInt(forfeited[0]?.amount ?? 0)).toBe(
      earned.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
    );
    expect(explained).toMatchObject({ total: '0', agrees: true, paid: null });
  });

  it('does not agree when the journal paid something else', () => {
    const who = period?.payouts[0]?.participant ?? '';
    const altered = gather(desk.lines, (event) =>
      event.type !== 'daybook.journal.posted.v1'
        ? event
        : {
            ...event,
            data: {
              ...event.data,
              transfers: event.data.transfers.map((one) =>
                one.id === `payout/r/0/${who}` ? { ...one, amount: '1' } : one,
              ),
            },
          },
    );
    expect(told(explainPayout(altered, { who, run: 'r' })).agrees).toBe(false);
  });

  it('says what an open period would come to now', () => {
    const story = new DeskStory({ windows: 3 });
    story.play(4_000_000, 3_600_000);
    const open = gather(story.desk.lines);
    const all = story.workers
      .concat(story.validators)
      .map(({ actor }): PayoutExplanation => told(explainPayout(open, { who: actor })));
    expect(all.map(({ agrees, paid }) => [agrees, paid])).toEqual(all.map(() => [null, null]));
    const sum = all.reduce((total, { total: own }) => total + BigInt(own), 0n);
    expect(sum.toString()).toBe(open.books.rewards.periods['r/0']?.pool);
  });

  it('refuses what it cannot answer with what there is', () => {
    expect(refusal(explainPayout(evidence, { who: 'stranger', run: 'r' }))).toContain('worker-0');
    expect(refusal(explainPayout(evidence, { who: 'worker-0' }))).toContain(
      '--run: r, idle-0, idle-1',
    );
    expect(refusal(explainPayout(evidence, { who: 'worker-0', run: 'r', period: 9 }))).toMatch(
      /periods 0 to/,
    );
  });
});

describe('the division of a pool', () => {
  it('shows the arithmetic that decides, whatever the weights', () => {
    const weights = fc
      .uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 12 })
      .chain((ids) =>
        fc.tuple(...ids.map((id) => fc.bigInt(0n, 10n ** 12n).map((weight) => ({ id, weight })))),
      );
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), weights, (pool, all) => {
        const { lines, leftOver, total } = divide(pool, all);
        expect(new Map(lines.map(({ id, share }) => [id, share]))).toEqual(
          largestRemainder(pool, all),
        );
        for (const { floor, remainder, weight, place, share } of lines) {
          expect(floor * total + remainder).toBe(pool * weight);
          expect(share - floor).toBe(place <= leftOver ? 1n : 0n);
        }
      }),
    );
  });
});

describe('a verdict', () => {
  const rejected = Object.values(evidence.books.windows)
    .flatMap(({ assignments }) => Object.values(assignments))
    .find(({ disposition }) => disposition === 'rejected');

  it('tells the work, the draws computed again, who judged, and what followed', () => {
    const verdict = told(explainVerdict(evidence, rejected?.assignment ?? ''));
    expect(verdict.draw).toMatchObject({ seedHolds: true, orderHolds: true });
    expect(verdict.issued.pagesHold).toBe(true);
    expect(verdict.audit).toMatchObject({ drawn: true, seedHolds: true, drawHolds: true });
    expect(verdict.verdicts.filter(({ side }) => side === 'agreeing')).toHaveLength(2);
    expect(verdict.verdicts.every(({ matches }) => matches === false)).toBe(true);
    expect(verdict.resolution?.disposition).toBe('rejected');
    const kinds = verdict.consequences.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['quarantine', 'penalty', 'counted']));
    expect(kinds).not.toContain('work_credit');
    expect(typeAt(verdict.submission?.sequence)).toBe('daybook.submission.committed.v1');
    expect(verdict.verdicts.map(({ sequence }) => typeAt(sequence))).toEqual(
      verdict.verdicts.map(() => 'daybook.verdict.recorded.v1'),
    );
  });

  it('names the dissenter, and whom the panel was extended by', () => {
    const disputed = Object.values(evidence.books.windows)
      .flatMap(({ assignments }) => Object.values(assignments))
      .map(({ assignment }) => told(explainVerdict(evidence, assignment)))
      .find(({ extensions }) => extensions.length > 0);
    expect(disputed?.extensions[0]?.reason).toBe('disagreement');
    const sides = disputed?.verdicts.map(({ side }) => side);
    expect(sides?.filter((side) => side === 'dissenting')).toHaveLength(1);
    expect(disputed?.resolution?.dissenting).toHaveLength(1);
  });

  it('names who held a slot before and why not any more', () => {
    const replaced = Object.values(evidence.books.windows)
      .flatMap(({ slots }) => slots)
      .map((id) => told(explainVerdict(evidence, id)))
      .find(({ predecessors }) => predecessors.length > 0);
    expect(replaced?.attempt).toBeGreaterThan(0);
    expect(typeAt(replaced?.predecessors[0]?.sequence)).toBe('daybook.assignment.superseded.v1');
  });

  it('tells what was spared, by the rate of its own time', () => {
    const spared = desk.events.find(({ type }) => type === 'daybook.submission.spared.v1');
    const id = spared?.subject.replace('assignment/', '') ?? '';
    const verdict = told(explainVerdict(evidence, id));
    expect(verdict.audit).toMatchObject({ drawn: false, auditRateBps: 0, drawHolds: true });
    expect(verdict.resolution?.reasons).toEqual(['not_sampled']);
  });

  it('takes a slot for its current assignment', () => {
    const [run, window, slot] = rejected?.assignment.split('/') ?? [];
    const current = evidence.books.windows[`${run}/${window}`]?.slots[Number(slot)];
    expect(told(explainVerdict(evidence, `${run}/${window}/${slot}`)).assignment).toBe(current);
  });

  it('does not believe a seed that the root does not give', () => {
    const roots = new Map([...evidence.roots].map(([at]) => [at, new Uint8Array(32)]));
    const verdict = told(explainVerdict({ ...evidence, roots }, rejected?.assignment ?? ''));
    expect(verdict.draw?.seedHolds).toBe(false);
    expect(verdict.audit?.seedHolds).toBe(false);
    const none = told(
      explainVerdict({ ...evidence, roots: new Map() }, rejected?.assignment ?? ''),
    );
    expect(none.draw?.seedHolds).toBeNull();
  });

  it.each(['r', 'r/0', 'r/99/0', 'r/0/99', 'r/0/0/99', 'r/0/0/0/0', ''])(
    'refuses "%s" with a sentence',
    (id) => {
      expect(explainVerdict(evidence, id)).toMatchObject({ _tag: 'Left' });
    },
  );
});

describe('a promotion', () => {
  const story = shortStory();
  const short = gather(story.desk.lines);

  it('computes the gain again and gives the decision that was recorded', () => {
    const decided = Object.entries(evidence.books.windows).filter(([, { promotion }]) => promotion);
    expect(decided).toHaveLength(3);
    for (const [key] of decided) {
      const explained = told(explainPromotion(evidence, key));
      expect(explained.agrees).toBe(true);
      expect(explained.gate?.gainBps).toBe(evidence.books.windows[key]?.promotion?.gainBps);
    }
  });

  it('tells promoted from held', () => {
    const [first, second] = ['r/0', 'r/1'].map((key) => told(explainPromotion(short, key)));
    expect(first?.decision?.decision).toBe('promoted_revision');
    expect(first?.promoted).toMatchObject({ revision: 1 });
    expect(second?.decision).toMatchObject({
      decision: 'held_no_promotion',
      reasons: ['gain_below_band'],
    });
    expect(second?.promoted).toBeNull();
    expect(first?.reports.map(({ side }) => side)).toEqual(['agreeing', 'agreeing']);
  });

  it('knows nothing of windows that are not there', () => {
    expect(refusal(explainPromotion(short, 'r/7'))).toContain('2 window(s)');
    expect(refusal(explainPromotion(short, 'x/0'))).toContain('no run x');
    expect(refusal(explainPromotion(short, 'r'))).toContain('<run>/<window>');
  });
});

describe('a refusal', () => {
  const command = (id: string, run: string, name = 'operator'): Uint8Array =>
    encodeCommand(
      signCommand(keyNamed(name), LEDGER, tagged(id, NONCE, null), {
        type: 'daybook.run.resumed.v1',
        data: { run },
      }),
    );
  const judged = (bytes: Uint8Array) =>
    explainRefusal('run_state_forbids', { bytes, evidence }).judged;

  it('is decided again on the books, with the story of its subject', () => {
    const { outcome, refusal: why, history } = judged(command('again', 'r')) ?? {};
    expect(outcome).toBe('refused');
    expect(why?.code).toBe('run_state_forbids');
    expect(history?.map(({ type }) => type)).toContain('daybook.run.completed.v1');
  });

  it('is the refusal that the authority would give', () => {
    expect(judged(command('x', 'nowhere'))?.refusal?.code).toBe('run_unknown');
    expect(judged(command('x', 'r', 'worker-0'))?.refusal?.code).toBe('not_authorised');
    expect(judged(Buffer.from('{'))?.refusal?.code).toBe('malformed_command');
    const forged = Buffer.from(Buffer.from(command('x', 'r')).toString().replace('"r"', '"q"'));
    expect(judged(forged)?.refusal?.code).toBe('bad_signature');
  });

  it('is none where the command stands in the ledger, or would', () => {
    const recorded = desk.events.find(({ type }) => type === 'daybook.run.resumed.v1');
    const same = judged(command(recorded?.commandid.split(':')[0] ?? '', 'r'));
    expect(same).toMatchObject({ outcome: 'recorded', sequence: recorded?.sequence });
    const other = signCommand(keyNamed('operator'), LEDGER, tagged('d2', NONCE, null), {
      type: 'daybook.dataset.registered.v1',
      data: {
        dataset: 'd2',
        title: 'Another',
        tokenizer: artifactNamed('tokenizer'),
        vocabSize: 64,
        tokens: artifactNamed('tokens', 10_000),
        pageTokens: 8,
        pages: 100,
        heldOutPages: 4,
        pagesRoot: '00'.repeat(32),
      },
    });
    expect(judged(encodeCommand(other))).toMatchObject({ outcome: 'permitted', refusal: null });
  });
});

describe('a dispute', () => {
  const disputeOf = (lines: readonly Uint8Array[], id: string) =>
    told(explainVerdict(gather(lines), id)).dispute;

  it('is told entry by entry, from its opening to the operation it came down to', () => {
    const { lines, events } = overturnedStory();
    const steps = disputeOf(lines, 'r/0/0') ?? [];
    const facts = events.filter(({ type }) => type.startsWith('daybook.dispute.'));
    expect(steps.map(({ sequence }) => sequence)).toEqual(facts.map(({ sequence }) => sequence));
    expect(steps[0]?.detail).toMatch(/^worker-\d stands by it$/);
    expect(steps.at(-1)?.detail).toBe(
      'claimant_right (result_wrong); backward of linear, entry 3 of step 1',
    );
  });

  it('that never was is not told', () => {
    expect(disputeOf(desk.lines, 'r/0/0')).toBeUndefined();
  });
});

describe('a slot in stages', () => {
  const staged = gather(stagesStory().lines);

  it('is told as the chain of its stages, and who went on from a refused state is not blamed', () => {
    const explained = told(explainVerdict(staged, 'r/0/0'));
    const lines = explained.stages ?? [];
    expect(lines.map(({ stage, steps }) => [stage, steps])).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
    ]);
    expect(lines.map(({ disposition }) => disposition)).toEqual([
      'accepted',
      'rejected',
      'accepted',
    ]);
    expect(lines.map(({ inputRefused }) => inputRefused)).toEqual([false, false, true]);
    expect(lines.slice(1).map(({ input }) => input)).toEqual(
      lines.slice(0, 2).map(({ output }) => output),
    );
    expect(lines[2]?.counted).not.toBe(lines[2]?.output);
    expect(explained.issued.pagesHold).toBe(true);
    expect(told(explainVerdict(staged, 'r/0/0/0')).stages).toEqual(lines);
  });
});
