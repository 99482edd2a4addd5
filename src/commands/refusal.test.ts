/**
 * Every code of the catalogue is given by something: one case a code, and the compiler insists that
 * none is missing. Each case is a short story that ends in that "no"; finer ones stand beside the
 * guards and the runner.
 */
import { UNFUNDED_MAX } from './guards/identities.ts';
import { emptyIdentityBook } from '../projections/empty-registry.ts';
import { PARTICIPANTS_MAX } from './guards/participants.ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { openLog } from '../adapters/memory/event-log.ts';
import { VirtualClock } from '../adapters/memory/virtual-clock.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import type { DataOfType } from '../events/catalogue.ts';
import { AMOUNT_MAX } from '../events/codecs.ts';
import type { CommandId, LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { must } from '../projections/books.ts';
import { Cast, RUN } from '../testing/cast.ts';
import { settleWindow, vestingCast } from '../testing/stories/money.ts';
import { RegistryCast } from '../testing/registry-cast.ts';
import { DisputeCase, rootNamed, TERMS } from '../testing/dispute-case.ts';
import { governanceRefusals } from '../testing/governance-refusals.ts';
import { caughtUpCast, joinedCast, offerOf } from '../testing/stories/catch-up.ts';
import type { Result } from '../testing/desk.ts';
import { gain, ScoringCase } from '../testing/scoring-case.ts';
import {
  artifactNamed,
  Desk,
  digestNamed,
  keyNamed,
  LEDGER,
  NONCE,
  START_MS,
  testPlan,
} from '../testing/desk.ts';
import {
  contradiction,
  fileAppeal,
  LADDER,
  rejectedCase,
  submitEvidence,
  voteOn,
} from '../testing/offence-case.ts';
import { decodeCommand, encodeCommand, MAX_COMMAND_BYTES, signCommand } from './command.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import { REFUSALS } from './refusal.ts';
import type { Reply } from './reply.ts';
import { COMMAND_HORIZON } from '../events/command-tag.ts';
import { openingOf } from './opening.ts';
import { QUEUE_MAX, Runner } from './runner.ts';
import { seedPolicy } from './seed-policy.ts';

/** What came back, whatever form it has: a desk's result, a runner's reply. */
type Answer = Result | Reply | Refusal | null;
type Case = () => Answer | Promise<Answer>;

const operator = keyNamed('operator');
const opened = openingOf(LEDGER, operator.actor, operator.actor, NONCE).data;
const openCommand = (id = 'c-1', origin = opened.origin, ledger = LEDGER) =>
  signCommand(operator, ledger, id, {
    type: 'daybook.ledger.opened.v2',
    data: { ...opened, origin },
  });

function decoded(text: string | Uint8Array): Answer {
  const command = decodeCommand(Buffer.from(text));
  return isLeft(command) ? command.left : null;
}

const runner = (): Promise<Runner> => {
  const clock = new VirtualClock(START_MS);
  return Runner.open({ log: openLog(new MemoryWorld(clock), LEDGER), key: operator, clock });
};

async function submitted(...commands: ReturnType<typeof openCommand>[]): Promise<Answer> {
  const one = await runner();
  let answer: Answer = null;
  for (const command of commands) answer = await one.submit(encodeCommand(command));
  return answer;
}

const adopt = (desk: Desk, policy: Partial<typeof seedPolicy>) =>
  desk.say(desk.operator, 'daybook.policy.adopted.v1', { ...seedPolicy, ...policy });

/** A ledger without a policy. */
function bare(): Desk {
  const desk = new Desk();
  desk.must(desk.authority, 'daybook.ledger.opened.v2', {
    ...opened,
    authority: desk.authority.actor,
  });
  return desk;
}

const adoption = { type: 'daybook.policy.adopted.v1', data: seedPolicy } as const;
const withId = (id: string): Result => {
  const desk = bare();
  return desk.sayAs(id, desk.operator, adoption);
};

const dataset: DataOfType<'daybook.dataset.registered.v1'> = {
  dataset: 'd',
  title: 'A dataset',
  tokenizer: artifactNamed('tokenizer'),
  vocabSize: 64,
  tokens: artifactNamed('tokens', 2 * (100 * 8 + 1)),
  pageTokens: 8,
  pages: 100,
  heldOutPages: 4,
  pagesRoot: digestNamed('pages').slice(7),
};
const register = (desk: Desk, over: Partial<typeof dataset> = {}) =>
  desk.say(desk.operator, 'daybook.dataset.registered.v1', { ...dataset, ...over });
const planned = (desk: Desk, over: Partial<typeof testPlan> = {}) =>
  desk.say(desk.operator, 'daybook.run.planned.v1', { ...testPlan, ...over });

/** The holder of the first slot says something about it. */
function holder(cast: Cast, slot = 0) {
  const assignment = must(cast.slots[slot], 'slot');
  const key = cast.keyOf(cast.assignment(assignment).participant);
  return { assignment, key, session: cast.sessionOf(key.actor) };
}

function claim(cast: Cast, assignment?: string, session?: number) {
  const mine = holder(cast);
  return cast.desk.say(mine.key, 'daybook.assignment.claimed.v1', {
    assignment: assignment ?? mine.assignment,
    session: session ?? mine.session,
  });
}

/** Claims the first slot and commits to something near what an honest worker would. */
function commit(over: Partial<DataOfType<'daybook.submission.committed.v1'>>) {
  const cast = Cast.started();
  const { assignment, key } = holder(cast);
  cast.claim(assignment);
  return cast.desk.say(key, 'daybook.submission.committed.v1', {
    ...cast.submissionOf(assignment),
    ...over,
  });
}

const revealed = (cast: Cast, delta: ReturnType<typeof artifactNamed>) => {
  const { key, assignment, session } = holder(cast);
  return cast.desk.say(key, 'daybook.upload.completed.v1', { assignment, session, delta });
};

function sealed(): Cast {
  const cast = Cast.started();
  for (const slot of cast.slots) cast.train(slot);
  return cast;
}

function challenged(): Cast {
  const cast = sealed();
  cast.reveal();
  cast.desk.tick();
  return cast;
}

function verdict(
  cast: Cast,
  actor: string,
  over: Partial<DataOfType<'daybook.verdict.recorded.v1'>> = {},
) {
  const { assignment } = holder(cast);
  return cast.desk.say(cast.keyOf(actor), 'daybook.verdict.recorded.v1', {
    ...cast.verdictOf(assignment, actor),
    ...over,
  });
}

const outsider = (cast: Cast, panel: readonly string[]) =>
  must(
    cast.validators.find((key) => !panel.includes(key.actor)),
    'outsider',
  );

function report(cast: Cast) {
  const key = must(cast.validators[0], 'validator');
  const data = cast.reportOf(key.actor, 4_000_000, 3_000_000);
  return cast.desk.say(key, 'daybook.aggregation.reported.v1', data);
}

const registry = () => new RegistryCast();
const registering = (cast: RegistryCast, over: Partial<ReturnType<typeof cast.registration>>) =>
  cast.desk.say(keyNamed('w'), 'daybook.identity.registered.v1', {
    ...cast.registration('worker', 'w'),
    ...over,
  });
const depositing = (cast: RegistryCast, amount: string, reference = 'tx') =>
  cast.desk.say(operator, 'daybook.stake.deposited.v1', {
    participant: keyNamed('w').actor,
    amount,
    reference,
    depositor: 'bank',
  });
/** A worker who has brought its stake, and whose key has been replaced. */
function rotated(): RegistryCast {
  const cast = registry();
  const { actor } = cast.arrive('worker', 'w');
  cast.rotate(actor, cast.recoveryOf('w'), keyNamed('next'));
  return cast;
}
const unlocking = (key: SigningKey) => (cast: RegistryCast) =>
  cast.desk.say(key, 'daybook.stake.unlocking.v1', {
    participant: keyNamed('w').actor,
    amount: '1',
  });
const inviting = (cast: RegistryCast, key = keyNamed('w').actor) =>
  cast.desk.say(operator, 'daybook.identity.invited.v1', {
    invitation: 'i',
    key,
    sponsor: null,
    untilMs: START_MS,
  });

const cases: { readonly [C in RefusalCode]: Case } = {
  malformed_command: () => decoded('{'),
  registry_not_offered: () => inviting({ desk: new Desk().open() } as RegistryCast),
  key_retired: () => unlocking(keyNamed('w'))(rotated()),
  key_revoked: () => {
    const cast = rotated();
    cast.revoke(keyNamed('w').actor);
    return unlocking(keyNamed('next'))(cast);
  },
  key_taken: () => inviting(rotated(), keyNamed('next').actor),
  consent_missing: () => registering(registry(), { recoveryKey: keyNamed('of another').actor }),
  already_registered: () => {
    const cast = registry();
    cast.register('worker', 'w');
    return registering(cast, {});
  },
  registrations_full: () => {
    const cast = registry();
    const { books } = cast.desk;
    const one = { key: operator.actor, recoveryKey: null, build: null, rotations: 0 };
    const many = Array.from({ length: UNFUNDED_MAX }, (_, i) => [`w${i}`, one] as const);
    const identity = { ...emptyIdentityBook(), identities: Object.fromEntries(many) };
    cast.desk.state = { ...cast.desk.state, books: { ...books, identity } };
    return registering(cast, {});
  },
  rotations_full: () => {
    const cast = registry();
    const { actor } = cast.register('worker', 'w');
    for (let i = 0; i < 64; i += 1) cast.rotate(actor, cast.keyOf(actor), keyNamed(`next ${i}`));
    const data = cast.rotation(actor, keyNamed('one more'));
    return cast.desk.say(cast.keyOf(actor), 'daybook.identity.rotated.v1', data);
  },
  admission_needed: () => registering(new RegistryCast({ posture: 'curated' }), {}),
  invitation_needed: () => registering(new RegistryCast({ posture: 'permissioned' }), {}),
  invitation_not_valid: () => registering(registry(), { invitation: 'forged' }),
  invitation_already_made: () => {
    const cast = registry();
    inviting(cast);
    return inviting(cast);
  },
  amount_zero: () => depositing(registry(), '0'),
  deposit_already_recorded: () => {
    const cast = registry();
    cast.register('worker', 'w');
    depositing(cast, '5');
    return depositing(cast, '5');
  },
  wallet_short: () => {
    const cast = registry();
    const { actor } = cast.register('worker', 'w');
    return cast.desk.say(keyNamed('w'), 'daybook.stake.locked.v1', {
      participant: actor,
      amount: '1',
    });
  },
  escrow_full: () => {
    const cast = registry();
    const { actor } = cast.register('worker', 'w');
    for (const depositor of ['one', 'other']) cast.deposit(actor, AMOUNT_MAX.toString(), depositor);
    cast.lock(actor, AMOUNT_MAX.toString());
    return cast.desk.say(keyNamed('w'), 'daybook.stake.locked.v1', {
      participant: actor,
      amount: '1',
    });
  },
  escrow_short: () => {
    const cast = registry();
    return cast.unlock(cast.register('worker', 'w').actor, '1');
  },
  unlocking_full: () => {
    const cast = registry();
    const { actor } = cast.arrive('worker', 'w');
    for (let i = 0; i < 16; i += 1) cast.unlock(actor, '1');
    return cast.unlock(actor, '1');
  },
  claim_unfounded: () => {
    const cast = registry();
    const { actor } = cast.arrive('worker', 'w');
    const claimed = { ...cast.claimOf(actor), tokensPerSecond: 33 };
    return cast.desk.say(keyNamed('w'), 'daybook.capability.claimed.v1', claimed);
  },
  offer_not_open: () => {
    const cast = registry();
    return cast.answer(cast.arrive('worker', 'w').actor);
  },
  command_too_large: () => decoded(new Uint8Array(MAX_COMMAND_BYTES + 1)),
  unknown_command: () => {
    const text = Buffer.from(encodeCommand(openCommand())).toString('utf8');
    return decoded(text.replace('"open-ledger"', '"close-ledger"'));
  },
  unsigned_command: () => {
    const { sig: _, ...unsigned } = JSON.parse(
      Buffer.from(encodeCommand(openCommand())).toString('utf8'),
    ) as { sig: string };
    return decoded(JSON.stringify(unsigned));
  },
  wrong_ledger: () => submitted(openCommand('c-1', opened.origin, 'another' as LedgerId)),
  bad_signature: () => submitted({ ...openCommand(), sig: openCommand('c-2').sig }),
  command_id_conflict: () => submitted(openCommand(), openCommand('c-1', 'another origin')),
  overloaded: async () => {
    const one = await runner();
    // Behind the signature check; signing ten thousand commands would only take time.
    const command = openCommand();
    const waiting = Array.from({ length: QUEUE_MAX + 2 }, (_, i) =>
      one.enqueue({ ...command, id: `c-${i}` as CommandId }),
    );
    const answers = await Promise.all(waiting);
    return must(answers.at(-1), 'answer');
  },
  not_leading: async () => {
    const one = await runner();
    one.stepDown();
    return one.submit(encodeCommand(openCommand()));
  },

  not_authorised: () => {
    const desk = new Desk().open();
    return desk.say(desk.authority, 'daybook.policy.adopted.v1', seedPolicy);
  },
  command_untagged: () => withId('adopt-policy'),
  foreign_command: () => withId('adopt-policy:ffffffff'),
  command_ahead: () => withId(`adopt-policy:${NONCE.slice(0, 8)}-4096`),
  command_expired: () => {
    const desk = bare();
    desk.state = {
      ...desk.state,
      books: { ...desk.books, ledger: { ...desk.books.ledger, size: COMMAND_HORIZON + 1 } },
    };
    return desk.sayAs(`late:${NONCE.slice(0, 8)}-0`, desk.operator, adoption);
  },
  rules_unknown: () =>
    new Desk().say(operator, 'daybook.ledger.opened.v2', { ...opened, rules: 1_000_000 }),
  ledger_not_open: () => adopt(new Desk(), {}),
  ledger_already_open: () => {
    const desk = bare();
    return desk.say(desk.authority, 'daybook.ledger.opened.v2', opened);
  },
  no_policy: () => {
    const desk = bare();
    return desk.say(desk.operator, 'daybook.participant.admitted.v1', {
      participant: keyNamed('w').actor,
      role: 'worker',
      name: 'w',
    });
  },
  policy_revision_out_of_step: () => adopt(new Desk().open(), { revision: 1 }),
  policy_inconsistent: () => adopt(bare(), { promotion: { acceptGainBps: 0, rejectGainBps: 0 } }),
  participant_already_admitted: () => {
    const desk = new Desk().open();
    const { actor } = desk.admit('worker', 'w');
    const again = { participant: actor, role: 'validator' as const, name: 'v' };
    return desk.say(desk.operator, 'daybook.participant.admitted.v1', again);
  },
  unsafe_shrink: () => {
    const cast = Cast.network({ workers: 2 });
    const key = must(cast.workers[0], 'worker');
    return cast.desk.say(key, 'daybook.participant.draining.v1', {
      participant: key.actor,
      session: 1,
    });
  },
  participants_full: () => {
    const desk = new Desk().open();
    const first = desk.admit('worker', 'w').actor;
    const member = must(desk.books.members[first], 'member');
    // All but the last by hand: admitting hundreds would only take time.
    const others = Array.from({ length: PARTICIPANTS_MAX - 2 }, (_, i) => [`w-${i}`, member]);
    const members = { ...desk.books.members, ...Object.fromEntries(others) };
    desk.state = { ...desk.state, books: { ...desk.books, members } };
    desk.admit('worker', 'the last one');
    const { actor } = keyNamed('one too many');
    const late = { participant: actor, role: 'worker' as const, name: 'late' };
    return desk.say(desk.operator, 'daybook.participant.admitted.v1', late);
  },
  participant_unknown: () => {
    const stranger = keyNamed('stranger');
    return new Desk().open().say(stranger, 'daybook.participant.draining.v1', {
      participant: stranger.actor,
      session: 1,
    });
  },
  session_out_of_step: () => {
    const desk = new Desk().open();
    const key = desk.admit('worker', 'w');
    return desk.say(key, 'daybook.participant.joined.v1', {
      participant: key.actor,
      session: 2,
      computeClass: 'exact',
      backend: 'test',
      software: 'test',
    });
  },
  session_over: () => {
    const cast = Cast.started();
    const { key, session } = holder(cast);
    cast.desk.join(key);
    return claim(cast, undefined, session);
  },

  dataset_already_registered: () => {
    const desk = new Desk().open();
    register(desk);
    return register(desk, { title: 'Another' });
  },
  dataset_unknown: () => planned(new Desk().open()),
  dataset_inconsistent: () => register(new Desk().open(), { heldOutPages: 100 }),
  run_already_planned: () => planned(new Desk().open().plan()),
  run_unknown: () => {
    const desk = new Desk().open();
    return desk.say(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
  },
  run_inconsistent: () => {
    const desk = new Desk().open();
    register(desk);
    return planned(desk, { minValidators: 1 });
  },
  run_state_forbids: () => {
    const { desk } = Cast.started();
    return desk.say(desk.operator, 'daybook.run.resumed.v1', { run: RUN });
  },

  assignment_unknown: () => claim(Cast.started(), 'r/7/7/7'),
  assignment_not_yours: () => {
    const cast = Cast.started();
    return claim(cast, cast.slots[1]);
  },
  assignment_superseded: () => {
    const cast = Cast.started();
    const { assignment, key } = holder(cast);
    const { claimTtlMs } = seedPolicy.window;
    for (let passed = 0; passed <= claimTtlMs; passed += 10_000) {
      cast.heartbeat(1 + passed);
      cast.desk.pass(10_000);
    }
    return cast.desk.say(key, 'daybook.assignment.claimed.v1', { assignment, session: 1 });
  },
  assignment_state_forbids: () => {
    const cast = Cast.started();
    claim(cast);
    return claim(cast);
  },
  window_not_active: () => claim(sealed()),
  window_not_sealed: () => {
    const cast = Cast.started();
    cast.train(holder(cast).assignment);
    return revealed(cast, artifactNamed('whatever'));
  },
  stale_revision: () => commit({ checkpoint: digestNamed('last week') }),
  wrong_work: () => commit({ tokens: 31 }),
  wrong_encoding: () => {
    const cast = Cast.started();
    const { assignment, key } = holder(cast);
    cast.claim(assignment);
    const encoded = cast.encodedSubmissionOf(assignment);
    return cast.desk.say(key, 'daybook.submission.committed.v2', encoded);
  },
  wrong_feedback: () => {
    const cast = Cast.encoded();
    const { assignment, key } = holder(cast);
    cast.claim(assignment);
    const strange = cast.encodedSubmissionOf(assignment, digestNamed('of somebody else'));
    return cast.desk.say(key, 'daybook.submission.committed.v2', strange);
  },
  delta_already_committed: () => {
    const cast = Cast.started(2, 3, { slots: 4 });
    // Two workers in turn: the first has the third slot as well.
    const [first, , second] = cast.slots as [string, string, string];
    cast.train(first, 'the same delta');
    cast.claim(second);
    const { key } = holder(cast, 2);
    const copy = cast.submissionOf(second, 'the same delta');
    return cast.desk.say(key, 'daybook.submission.committed.v1', copy);
  },
  delta_mismatch: () => revealed(sealed(), artifactNamed('other bytes')),
  oversized_delta: () => commit({ delta: artifactNamed('huge', 2 ** 30) }),
  compute_class_mismatch: () => commit({ computeClass: 'tolerant' }),

  not_on_panel: () => {
    const cast = challenged();
    const key = outsider(cast, cast.panelOf(holder(cast).assignment));
    return verdict(cast, key.actor);
  },
  verdict_already_recorded: () => {
    const cast = challenged();
    const { assignment } = holder(cast);
    const [actor] = cast.panelOf(assignment) as [string];
    cast.judgeOne(assignment, actor);
    return verdict(cast, actor);
  },
  verdict_inconsistent: () => {
    const cast = challenged();
    const [actor] = cast.panelOf(holder(cast).assignment) as [string];
    return verdict(cast, actor, { disposition: 'rejected', reasons: ['digest_mismatch'] });
  },
  challenge_closed: () => {
    const cast = challenged();
    const { assignment } = holder(cast);
    const [liar, second] = cast.panelOf(assignment) as [string, string];
    // The panel is extended because its second member fell silent, and that one answers too late.
    cast.judgeOne(assignment, liar);
    waitForVerdicts(cast);
    const third = must(cast.panelOf(assignment)[2], 'third');
    cast.judgeOne(assignment, third);
    return verdict(cast, second);
  },
  aggregation_not_open: () => report(sealed()),
  report_already_recorded: () => {
    const cast = challenged();
    cast.judge();
    report(cast);
    return report(cast);
  },

  scoring_not_open: () => ScoringCase.started().commit(keyNamed('validator-0'), [gain(1)]),
  scores_already_recorded: () => {
    const told = ScoringCase.started().judged();
    const key = must(told.cast.validators[0], 'validator');
    told.commit(key, [gain(1)]);
    return told.commit(key, [gain(2)]);
  },
  scores_not_sealed: () => {
    const told = ScoringCase.started().judged();
    const key = must(told.cast.validators[0], 'validator');
    told.commit(key, [gain(1), gain(2)]);
    return told.reveal(key, [gain(1), gain(2)]);
  },
  commitment_mismatch: () => {
    const told = ScoringCase.started().judged();
    for (const key of told.cast.validators) told.commit(key, [gain(1), gain(2)]);
    return told.reveal(must(told.cast.validators[0], 'validator'), [gain(2), gain(2)]);
  },
  scores_out_of_form: () => {
    const told = ScoringCase.started().judged();
    for (const key of told.cast.validators) told.commit(key, [gain(1)]);
    return told.reveal(must(told.cast.validators[0], 'validator'), [gain(1)]);
  },

  disputes_not_offered: () => {
    const found = DisputeCase.rejected();
    found.desk.adopt({ revision: 2 });
    return found.open();
  },
  nothing_to_dispute: () => {
    const { cast } = DisputeCase.rejected();
    const { assignment, key, session } = holder(cast, 1);
    return cast.desk.say(key, 'daybook.dispute.opened.v1', { assignment, session });
  },
  dispute_too_late: () => {
    const found = DisputeCase.rejected({ dispute: { ...TERMS, openMs: 1 } });
    found.wait(10_000);
    return found.open();
  },
  bond_not_covered: () =>
    DisputeCase.rejected({ dispute: { ...TERMS, bond: '99000000000' } }).open(),
  dispute_already_opened: () => disputed().open(),
  dispute_not_open: () => {
    const found = DisputeCase.rejected();
    const answer = { root: rootNamed('a'), opening: null, proof: null, evidence: null };
    const data = { ...found.about(found.claimant), round: 1, answer };
    return found.desk.say(found.claimant, 'daybook.dispute.answered.v1', data);
  },
  not_a_party: () => {
    const found = disputed();
    return found.answer(outsider(found.cast, [found.defender.actor]), { root: rootNamed('a') });
  },
  round_not_open: () => {
    const found = disputed();
    const { round } = found.dispute;
    found.answer(found.defender);
    const answer = { root: rootNamed('a'), opening: null, proof: null, evidence: null };
    const data = { ...found.about(found.claimant), round, answer };
    return found.desk.say(found.claimant, 'daybook.dispute.answered.v1', data);
  },
  answer_already_recorded: () => {
    const found = disputed();
    return found.answer(found.claimant, { root: rootNamed('a') });
  },
  stake_does_not_deter: () => {
    const validation = { ...seedPolicy.validation, auditRateBps: 0 };
    const desk = new Desk().open({ validation, ladder: LADDER });
    register(desk);
    return planned(desk);
  },
  evidence_does_not_hold: () => submitEvidence(rejectedCase().desk, 'hearsay'),
  evidence_known: () => {
    const { desk, claimant } = rejectedCase();
    submitEvidence(desk, contradiction(desk, claimant));
    return submitEvidence(desk, contradiction(desk, claimant));
  },
  appeals_not_offered: () => {
    const { cast } = DisputeCase.rejected();
    return fileAppeal(cast, must(cast.workers[0], 'worker'), 'work/r/0/0/0');
  },
  offence_unknown: () => {
    const { cast, claimant } = rejectedCase();
    return fileAppeal(cast, claimant, 'work/r/9/0/0');
  },
  nothing_to_appeal: () => {
    const { cast, claimant, assignment } = rejectedCase({
      first: { ...LADDER.first, work: 'warned' },
    });
    return fileAppeal(cast, claimant, `work/${assignment}`);
  },
  appeal_already_filed: () => {
    const { cast, claimant, assignment } = rejectedCase();
    fileAppeal(cast, claimant, `work/${assignment}`);
    return fileAppeal(cast, claimant, `work/${assignment}`);
  },
  appeal_not_open: () => {
    const { cast } = rejectedCase();
    return voteOn(cast, must(cast.validators[0], 'validator').actor, 'work/r/0/0/0', 'uphold');
  },
  answer_out_of_form: () => {
    const found = disputed();
    return found.answer(found.defender, { root: null });
  },
  ...governanceRefusals,
  payouts_not_offered: () => claimed(Cast.started(), '1'),
  amount_is_nothing: () => claimed(settled(), '0'),
  claim_exceeds_payouts: () => claimed(settled(), '1000000000000'),
  address_taken: () => {
    const cast = settled();
    const answers = cast.workers.map((key) =>
      cast.desk.say(key, 'daybook.payout.addressed.v1', {
        participant: key.actor,
        address: `0x${'01'.repeat(20)}`,
      }),
    );
    return must(answers[1], 'second');
  },
  correction_already_posted: () => {
    const cast = settled();
    corrected(cast, { amount: '1' });
    return corrected(cast, { amount: '1' });
  },
  original_unknown: () => {
    const cast = settled();
    const sequence = cast.desk.books.ledger.size - 1;
    return corrected(cast, { original: { transfer: 'payout/r/0/none', sequence, amount: '5' } });
  },
  correction_exceeds_original: () => corrected(settled(), { amount: '400000001' }),
  correction_exceeds_balance: () => {
    const cast = settled();
    const transfer = `stake/${paidWorker(cast).actor}`;
    const sequence = must(cast.desk.books.rewards.transfers[transfer], 'stake');
    const amount = '400000001';
    return corrected(cast, { original: { transfer, sequence, amount }, amount });
  },
  catch_up_not_offered: () => completed(Cast.started(), {}),
  revision_unknown: () => completed(joinedCast(), { revision: 7 }),
  state_drifted: () => completed(joinedCast(), { checkpoint: digestNamed('drifted') }),
  state_stale: () => {
    const cast = caughtUpCast(3, 3);
    for (const losses of [4, 3, 2]) {
      cast.play(losses * 1_000_000, (losses - 1) * 1_000_000);
      cast.desk.tick();
      if (losses === 3) break;
    }
    return completed(cast, { revision: 0, checkpoint: artifactNamed('initial').digest });
  },
  already_caught_up: () => completed(caughtUpCast(), {}),
  state_not_shown: () => {
    const cast = caughtUpCast();
    const [assignment = ''] = cast.slots;
    const key = cast.keyOf(cast.assignment(assignment).participant);
    const session = cast.sessionOf(key.actor);
    return cast.desk.say(key, 'daybook.assignment.claimed.v1', { assignment, session });
  },
  artifact_unknown: () => advertised({ artifact: artifactNamed('nowhere') }),
  advertisement_inconsistent: () => advertised({ count: 2 }),
};

/** A period has closed into the ring. */
function settled(): Cast {
  const cast = vestingCast(2);
  settleWindow(cast);
  return cast;
}

const claimed = (cast: Cast, amount: string) => {
  const key = must(cast.workers[0], 'worker');
  const data = { participant: key.actor, amount, destination: 'an account' };
  return cast.desk.say(key, 'daybook.payout.claimed.v1', data);
};

const paidWorker = (cast: Cast) =>
  must(
    cast.workers.find(({ actor }) => cast.desk.books.rewards.transfers[`payout/r/0/${actor}`]),
    'who was paid',
  );

function corrected(cast: Cast, over: Partial<DataOfType<'daybook.correction.posted.v1'>>) {
  const { actor: participant } = paidWorker(cast);
  const transfer = `payout/r/0/${participant}`;
  const sequence = must(cast.desk.books.rewards.transfers[transfer], transfer);
  return cast.desk.say(cast.desk.operator, 'daybook.correction.posted.v1', {
    correction: 'c',
    original: { transfer, sequence, amount: '400000000' },
    participant,
    effect: 'take',
    amount: '1',
    reason: 'paid_twice',
    ...over,
  });
}

function completed(cast: Cast, said: Partial<DataOfType<'daybook.catchup.completed.v1'>>): Result {
  const [key] = cast.workers;
  return cast.desk.say(must(key, 'worker'), 'daybook.catchup.completed.v1', {
    run: 'r',
    session: 1,
    revision: 0,
    checkpoint: artifactNamed('initial').digest,
    mode: 'blocking',
    sources: ['store'],
    bytes: 1000,
    chunksRefused: 0,
    revisionsCrossed: 0,
    ...said,
  });
}

function advertised(said: Partial<DataOfType<'daybook.chunks.advertised.v1'>>): Result {
  const cast = caughtUpCast();
  const key = must(cast.workers[0], 'worker');
  return cast.desk.say(key, 'daybook.chunks.advertised.v1', { ...offerOf(cast, key), ...said });
}

function disputed(): DisputeCase {
  const found = DisputeCase.rejected();
  found.open();
  return found;
}

/** Everybody lives on, until the silent are given up. */
function waitForVerdicts(cast: Cast): void {
  for (let passed = 0; passed <= seedPolicy.window.verdictMs; passed += 10_000) {
    cast.heartbeat(1 + passed);
    cast.desk.pass(10_000);
  }
}

describe.each(Object.keys(cases) as RefusalCode[])('%s', (code) => {
  it('is given, and says whether retrying can help', async () => {
    const { retryable } = REFUSALS[code];
    expect(await cases[code]()).toMatchObject({ code, retryable });
  });
});

it('every code tells people what to do in one sentence', () => {
  for (const [code, { advice }] of Object.entries(REFUSALS)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  }
});
