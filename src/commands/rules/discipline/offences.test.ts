/** Which facts are offences, and what they cost. */
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../events/checkpoint.ts';
import { sha256 } from '../../../events/digest.ts';
import { formatFork } from '../../../events/fork-evidence.ts';
import { formatPrefixProof } from '../../../events/prefix-proof.ts';
import { must } from '../../../projections/books.ts';
import { balanceOf } from '../../../projections/balances.ts';
import { Cast, honestDelta, RUN } from '../../../testing/cast.ts';
import { Desk, keyNamed, LEDGER } from '../../../testing/desk.ts';
import { DisputeCase, TERMS } from '../../../testing/dispute-case.ts';
import {
  contradiction,
  LADDER,
  offencesOf,
  rejectedCase,
  submitEvidence,
} from '../../../testing/offence-case.ts';
import { seedPolicy } from '../../seed-policy.ts';
import { earnedBy, escrowOf, PENALTIES, SLASHED } from '../money/accounts.ts';

const STAKE = BigInt(seedPolicy.rewards.stake);
const QUARTER = STAKE / 4n;
const SECOND_MS = 1000;

/** A run in its first window under a ladder. */
function begun(ladder: Partial<typeof LADDER> = {}, workers = 3, validators = 4): Cast {
  const desk = new Desk().open({
    ladder: { ...LADDER, ...ladder },
    window: { ...seedPolicy.window, verdictMs: 30_000 },
  });
  const cast = new Cast(desk, workers, validators);
  cast.desk.plan({ windows: 6 });
  for (const key of cast.everybody) cast.desk.join(key);
  cast.desk.tick();
  return cast;
}

const holder = (cast: Cast, slot = 0) =>
  cast.keyOf(cast.assignment(must(cast.slots[slot], 'slot')).participant);
const money = ({ books }: Desk, account: string): bigint => balanceOf(books, 'micro', account);

describe('a rejected contribution', () => {
  it('is slashed and quarantined; the money is held, then goes to the penalties', () => {
    const found = rejectedCase();
    const { desk, claimant } = found;
    expect(offencesOf(desk, claimant)).toMatchObject([
      { offence: `work/${found.assignment}`, kind: 'altered_delta', rung: 'slashed' },
    ]);
    expect(desk.books.members[claimant.actor]?.quarantine[RUN]).toBe(2);
    expect(money(desk, escrowOf(claimant.actor))).toBe(STAKE - QUARTER);
    expect(money(desk, SLASHED)).toBe(QUARTER);
    found.wait(LADDER.appealMs + 5000);
    expect(offencesOf(desk, claimant)).toMatchObject([{ state: 'final', paid: true }]);
    expect([money(desk, SLASHED), money(desk, PENALTIES)]).toEqual([0n, QUARTER]);
    expect(desk.books.settling).toEqual([]);
  });

  it('without terms for a ladder costs what it always did', () => {
    const { desk, claimant } = DisputeCase.rejected();
    expect(desk.books.offences).toBeUndefined();
    expect(money(desk, PENALTIES)).toBe(BigInt(seedPolicy.fraud.penalty));
    expect(desk.books.members[claimant.actor]?.quarantine[RUN]).toBe(1001);
  });

  it('takes nothing of an empty escrow', () => {
    const { desk, claimant } = rejectedCase({}, { rewards: { ...seedPolicy.rewards, stake: '0' } });
    expect(offencesOf(desk, claimant)).toMatchObject([{ rung: 'slashed', taken: [] }]);
    expect(money(desk, SLASHED)).toBe(0n);
  });

  it('is a copy where another committed to the same before', () => {
    const cast = begun();
    const [first, second] = cast.slots as [string, string];
    cast.train(first);
    cast.train(second, honestDelta(first));
    cast.reveal();
    cast.judge();
    expect(offencesOf(cast.desk, holder(cast, 1))).toMatchObject([{ kind: 'copied_delta' }]);
    expect(offencesOf(cast.desk, holder(cast, 0))).toEqual([]);
  });

  it('is a replay where the same counted in an earlier window', () => {
    const cast = begun();
    const old = must(cast.slots[0], 'slot');
    cast.play(4_000_000, 3_900_000);
    cast.desk.tick();
    const [first, second] = cast.slots as [string, string];
    const cheat = holder(cast);
    cast.train(first, honestDelta(old));
    cast.train(second);
    cast.reveal();
    cast.judge();
    expect(offencesOf(cast.desk, cheat)).toMatchObject([{ kind: 'replayed_delta', window: 1 }]);
  });

  it('costs more each time within memory, and is forgotten after it', () => {
    const gentle = { first: { ...LADDER.first, work: 'warned' as const } };
    const cheatOnce = (cast: Cast, loss: number): string => {
      const [first, second] = cast.slots as [string, string];
      const { actor } = holder(cast);
      cast.train(first, `altered ${first}`);
      cast.train(second);
      cast.reveal();
      cast.judge();
      cast.aggregate(loss, loss - 100_000);
      cast.desk.tick();
      return must(offencesOf(cast.desk, cast.keyOf(actor)).at(-1), 'offence').rung;
    };
    const two = (memoryWindows: number): string[] => {
      const cast = begun({ ...gentle, warnings: 0, memoryWindows, deweightWindows: 0 }, 2);
      const rungs: string[] = [];
      const { actor } = holder(cast);
      for (let window = 0; rungs.length < 2; window += 1) {
        const mine = holder(cast).actor === actor;
        const loss = 4_000_000 - 100_000 * window;
        if (mine) rungs.push(cheatOnce(cast, loss));
        else {
          cast.play(loss, loss - 100_000);
          cast.desk.tick();
        }
      }
      return rungs;
    };
    expect(two(100)).toEqual(['deweighted', 'quarantined']);
    expect(two(1)).toEqual(['deweighted', 'deweighted']);
  });
});

describe('what is merely observed', () => {
  it('a dead lease is warned of, once a window, and then de-weighted', () => {
    const cast = begun({ warnings: 0, deweightBps: 5000 }, 2);
    const { desk } = cast;
    const dead = holder(cast);
    cast.claim(must(cast.slots[0], 'slot'));
    for (let beat = 1; beat <= 14; beat += 1) {
      desk.pass(5 * SECOND_MS);
      cast.heartbeat(beat, dead);
    }
    expect(offencesOf(desk, dead)).toMatchObject([
      { offence: `dead-lease/r/0/${dead.actor}`, rung: 'deweighted', taken: [] },
    ]);
    desk.join(dead);
    cast.play(4_000_000, 3_900_000);
    desk.tick();
    const slot = must(
      cast.slots.find((id) => cast.assignment(id).participant === dead.actor),
      'slot',
    );
    const before = balanceOf(desk.books, 'work', earnedBy(RUN, dead.actor));
    cast.play(3_900_000, 3_800_000);
    const credited = balanceOf(desk.books, 'work', earnedBy(RUN, dead.actor)) - before;
    expect([slot.length > 0, credited]).toEqual([true, 16n]);
    expect(money(desk, escrowOf(dead.actor))).toBe(STAKE);
  });

  it('what was not begun is no offence', () => {
    const cast = begun();
    const dead = holder(cast);
    for (let beat = 1; beat <= 14; beat += 1) {
      cast.desk.pass(5 * SECOND_MS);
      cast.heartbeat(beat, dead);
    }
    expect(offencesOf(cast.desk, dead)).toEqual([]);
  });

  it('a missing reveal and a missing verdict are warned of', () => {
    const cast = begun({ warnings: 1 });
    const { desk } = cast;
    for (const slot of cast.slots) cast.train(slot);
    const [, shown] = cast.slots as [string, string];
    const hidden = holder(cast);
    cast.reveal([shown]);
    for (let beat = 1; beat <= 13; beat += 1) {
      desk.pass(5 * SECOND_MS);
      cast.heartbeat(beat);
    }
    expect(offencesOf(desk, hidden)).toMatchObject([{ kind: 'missing_reveal', rung: 'warned' }]);
    const [silent] = cast.panelOf(shown) as [string];
    for (let beat = 14; beat <= 21; beat += 1) {
      desk.pass(5 * SECOND_MS);
      cast.heartbeat(beat);
    }
    expect(offencesOf(desk, cast.keyOf(silent))).toMatchObject([
      { kind: 'missing_verdict', rung: 'warned' },
    ]);
    expect(money(desk, SLASHED)).toBe(0n);
  });
});

describe('validators', () => {
  it('whose verdict a quorum contradicts are quarantined, then slashed', () => {
    const cast = begun();
    const { desk } = cast;
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    desk.tick();
    const [first] = cast.slots as [string];
    const [liar, other] = cast.panelOf(first) as [string, string];
    cast.judgeOne(first, liar, 'a lie');
    cast.judgeOne(first, other);
    cast.judgeOne(first, must(cast.panelOf(first)[2], 'third'));
    expect(offencesOf(desk, cast.keyOf(liar))).toMatchObject([
      { kind: 'false_verdict', rung: 'quarantined', untilWindow: 2 },
    ]);
    expect(money(desk, escrowOf(liar))).toBe(STAKE);
    for (const slot of cast.slots.slice(1))
      for (const actor of cast.panelOf(slot)) cast.judgeOne(slot, actor);
    const [wrong, ...right] = cast.validators.filter(({ actor }) => actor !== liar);
    const report = (actor: string) => cast.reportOf(actor, 4_000_000, 3_900_000);
    const { actor } = must(wrong, 'validator');
    const said = { ...report(actor), lossAfterMicroNats: 1 };
    desk.must(must(wrong, 'validator'), 'daybook.aggregation.reported.v1', said);
    for (const key of right) desk.must(key, 'daybook.aggregation.reported.v1', report(key.actor));
    expect(offencesOf(desk, must(wrong, 'validator'))).toMatchObject([{ kind: 'false_report' }]);
  });

  it('who could not look say nothing that can be wrong', () => {
    const cast = begun();
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    cast.desk.tick();
    const [first] = cast.slots as [string];
    const [unlucky, other] = cast.panelOf(first) as [string, string];
    cast.desk.must(cast.keyOf(unlucky), 'daybook.verdict.recorded.v1', {
      ...cast.verdictOf(first, unlucky),
      disposition: 'replay_required',
      reasons: ['artifact_missing'],
      observed: null,
    });
    cast.judgeOne(first, other);
    cast.judgeOne(first, must(cast.panelOf(first)[2], 'third'));
    expect(cast.assignment(first).disposition).toBe('accepted');
    expect(offencesOf(cast.desk, cast.keyOf(unlucky))).toEqual([]);
  });

  it('who agreed on a rejection that referees overturn are found out, and its author is cleared', () => {
    const found = rejectedCase();
    const { desk, claimant } = found;
    const agreed = [...must(found.cast.assignment(found.assignment).challenge, 'c').panel];
    found.open();
    while (found.outcome === 'open') {
      found.answerAll();
      found.findAll('stands', 'result_wrong');
    }
    expect(offencesOf(desk, claimant)).toMatchObject([{ state: 'overturned' }]);
    expect(money(desk, escrowOf(claimant.actor))).toBe(STAKE);
    expect(desk.books.members[claimant.actor]?.quarantine[RUN]).toBeUndefined();
    for (const actor of agreed)
      expect(offencesOf(desk, found.cast.keyOf(actor))).toMatchObject([
        { kind: 'overturned_rejection', rung: 'quarantined' },
      ]);
  });

  it('who only did not answer are warned', () => {
    const found = rejectedCase({}, { dispute: { ...TERMS, answerMs: 10_000 } });
    const agreed = [...must(found.cast.assignment(found.assignment).challenge, 'c').panel];
    found.open();
    for (let round = 0; found.outcome === 'open' && round < 4; round += 1) found.wait(15_000);
    expect(found.outcome).toBe('claimant_right');
    for (const actor of agreed)
      expect(offencesOf(found.desk, found.cast.keyOf(actor))).toMatchObject([
        { kind: 'undefended_verdict', rung: 'warned' },
      ]);
  });
});

describe('evidence', () => {
  it('convicts whoever signed two things, whoever brings it', () => {
    const cast = begun();
    const { desk } = cast;
    const [double] = cast.workers as [ReturnType<typeof keyNamed>];
    expect(submitEvidence(desk, contradiction(desk, double))).toMatchObject({ ok: true });
    expect(offencesOf(desk, double)).toMatchObject([
      { kind: 'equivocation', rung: 'slashed', run: null },
    ]);
    expect(desk.books.members[double.actor]?.quarantine[RUN]).toBe(2);
    expect(money(desk, SLASHED)).toBe(QUARTER);
    const again = () => submitEvidence(desk, contradiction(desk, double));
    expect(again()).toMatchObject({ ok: false, code: 'evidence_known' });
    desk.pass(LADDER.appealMs + 1);
    expect(offencesOf(desk, double)).toMatchObject([{ state: 'final' }]);
    expect(again()).toMatchObject({ ok: false, message: 'it is on record' });
    expect(submitEvidence(desk, contradiction(desk, double, LEDGER, 'adieu'))).toMatchObject({
      ok: true,
    });
  });

  it('of two heads convicts the authority, once, and takes nothing', () => {
    const { desk } = begun();
    const { authority } = desk;
    const origin = must(desk.books.ledger.origin, 'origin');
    const size = 1;
    const headOf = (name: string): string =>
      signCheckpoint(authority, origin, { origin, size, root: sha256(Buffer.from(name)) });
    const root = sha256(Buffer.from('one'));
    const proof = formatPrefixProof({
      prefixes: [{ size, root, path: [] }],
      checkpoint: headOf('one'),
    });
    const fork = formatFork(proof, headOf('two'));
    expect(submitEvidence(desk, fork, 'fork')).toMatchObject({ ok: true });
    expect(offencesOf(desk, authority)).toMatchObject([
      { kind: 'forked_ledger', rung: 'warned', taken: [] },
    ]);
    expect(submitEvidence(desk, fork, 'fork')).toMatchObject({ code: 'evidence_known' });
    const fits = formatFork(proof, headOf('one'));
    expect(submitEvidence(begun().desk, fits, 'fork')).toMatchObject({
      code: 'evidence_does_not_hold',
    });
  });

  it('of another ledger, or of nobody here, does not hold', () => {
    const { desk, workers } = begun();
    const worker = must(workers[0], 'worker');
    const elsewhere = contradiction(desk, worker, 'elsewhere' as never);
    const stranger = contradiction(desk, keyNamed('stranger'));
    const twin = contradiction(new Desk().open(), worker).replaceAll('0a0a0a0a', '0b0b0b0b');
    for (const text of [elsewhere, stranger, twin, ''])
      expect(submitEvidence(desk, text === '' ? ' ' : text)).toMatchObject({
        ok: false,
        code: 'evidence_does_not_hold',
      });
  });

  it('is refused where the policy has no ladder', () => {
    const cast = Cast.started();
    const text = contradiction(cast.desk, must(cast.workers[0], 'worker'));
    expect(submitEvidence(cast.desk, text)).toMatchObject({ code: 'appeals_not_offered' });
  });
});
