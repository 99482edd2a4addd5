/** Proposals from their submission to their end, and what they change. */
import { describe, expect, it } from 'vitest';
import { must, openWindow } from '../../projections/books.ts';
import { Assembly, EPOCH_MS, LEAD_EPOCHS, TERMS } from '../../testing/assembly.ts';
import { RUN, shortTypes } from '../../testing/cast.ts';
import { artifactNamed, keyNamed } from '../../testing/desk.ts';
import { nextDueMs } from './react.ts';

const two = (assembly: Assembly) => ({ council: assembly.seats.slice(0, 2) });
const typesOf = (events: Parameters<typeof shortTypes>[0]): string[] =>
  shortTypes(events).filter((type) => /^(epoch|proposal|revision|checkpoint)/.test(type));
/** Nobody has joined: nothing else is ever due. */
const quiet = (): Assembly => Assembly.founded();

describe('epochs', () => {
  it('leave no trace while nothing hangs on them', () => {
    const { desk } = quiet();
    expect(nextDueMs(desk.books)).toBeNull();
    expect(desk.pass(1_000_000 * EPOCH_MS)).toEqual([]);
  });

  it('slept through are one entry, however many they were', () => {
    const assembly = quiet();
    assembly.propose('p', two(assembly));
    assembly.desk.nowMs += 1_000_000 * EPOCH_MS;
    const events = assembly.desk.tick();
    expect(typesOf(events)).toEqual(['epoch.began', 'proposal.resolved']);
    expect(events[1]?.data).toMatchObject({ epoch: 1_000_000, previous: 0 });
  });

  it('begin on time: votes are taken until the last millisecond of the last one, not after', () => {
    const assembly = quiet();
    const ann = must(assembly.council[0], 'ann');
    assembly.propose('p', two(assembly));
    const endMs = (TERMS.votingEpochs + 1) * EPOCH_MS;
    assembly.desk.nowMs += endMs - 1;
    const before = assembly.desk.state;
    expect(assembly.vote('p', 'yes', ann).ok).toBe(true);
    assembly.desk.state = before;
    assembly.desk.nowMs += 1;
    expect(assembly.vote('p', 'yes', ann)).toMatchObject({ code: 'voting_over' });
  });
});

describe('a proposal', () => {
  it('ends where nobody voted, at the end of voting', () => {
    const assembly = quiet();
    assembly.propose('p', two(assembly));
    const [began, resolved] = assembly.desk.pass(2 * EPOCH_MS).slice(1);
    expect(began?.data).toMatchObject({ epoch: 2 });
    expect(resolved?.data).toMatchObject({ outcome: 'no_turnout', yes: 0, weight: 6 });
    expect(assembly.network.proposals).toEqual({});
    expect(assembly.network.closed['p']).toMatchObject({ outcome: 'no_turnout' });
  });

  it('is resolved with the vote that settles it', () => {
    const assembly = quiet();
    expect(typesOf(assembly.accept('p', two(assembly)))).toEqual([
      'proposal.submitted',
      'proposal.voted',
      'proposal.voted',
      'proposal.resolved',
    ]);
  });

  it('takes effect at its epoch and not before', () => {
    const assembly = quiet();
    assembly.accept('p', { ...two(assembly), activationEpoch: LEAD_EPOCHS + 2 });
    expect(assembly.desk.pass((LEAD_EPOCHS + 2) * EPOCH_MS - 1)).toEqual([]);
    expect(typesOf(assembly.desk.pass(1))).toEqual(['epoch.began', 'revision.activated']);
    expect(assembly.network).toMatchObject({ revision: 2, council: assembly.seats.slice(0, 2) });
  });

  it('lapses when another that was based on the same terms takes effect first', () => {
    const assembly = quiet();
    assembly.accept('later', { ...two(assembly), activationEpoch: LEAD_EPOCHS + 1 });
    assembly.accept('sooner', two(assembly));
    assembly.propose('still-voted-on', two(assembly));
    const events = assembly.desk.pass(20 * EPOCH_MS);
    // The one nobody voted on had ended before.
    expect(events.flatMap(({ type, data }) => (/lapsed/.test(type) ? [data] : []))).toEqual([
      { proposal: 'later', reason: 'terms_changed' },
    ]);
    expect(assembly.network.revision).toBe(2);
  });

  it('must be proposed again on the terms that are in force', () => {
    const assembly = quiet();
    assembly.accept('p', two(assembly));
    assembly.desk.pass(LEAD_EPOCHS * EPOCH_MS);
    expect(assembly.propose('q', { ...two(assembly), base: 1 })).toMatchObject({
      code: 'stale_governance_revision',
    });
    const [, , cas] = assembly.council;
    expect(assembly.propose('q', two(assembly), must(cas, 'cas'))).toMatchObject({
      code: 'not_on_council',
    });
  });

  it('of a policy that contradicts itself, or gives governance away, is refused', () => {
    const assembly = quiet();
    const propose = (policy: ReturnType<Assembly['nextPolicy']>) =>
      assembly.propose('p', { policy });
    const { validation } = assembly.nextPolicy();
    expect(
      propose(assembly.nextPolicy({ validation: { ...validation, quorum: 16, panelSize: 2 } })),
    ).toMatchObject({ code: 'policy_inconsistent' });
    expect(propose({ ...assembly.nextPolicy(), governance: null })).toMatchObject({
      code: 'policy_inconsistent',
    });
    expect(propose({ ...assembly.nextPolicy(), revision: 3 })).toMatchObject({
      code: 'policy_revision_out_of_step',
    });
  });

  it('of one member decides alone in a council of one', () => {
    const assembly = new Assembly();
    const [ann] = assembly.council;
    assembly.found({ council: assembly.seats.slice(0, 1) });
    assembly.propose('p', { council: assembly.seats });
    const voted = assembly.vote('p', 'yes', must(ann, 'ann'));
    expect(voted.ok && shortTypes(voted.events)).toEqual(['proposal.voted', 'proposal.resolved']);
  });

  it('of the operator is nobody’s, unless it has a seat', () => {
    const assembly = quiet();
    expect(assembly.propose('p', two(assembly), assembly.desk.operator)).toMatchObject({
      code: 'not_on_council',
    });
  });
});

describe('a policy by governance', () => {
  it('is in force at once, and open windows keep theirs', () => {
    const assembly = Assembly.atWork();
    const gates = { acceptGainBps: 9000, rejectGainBps: 0 };
    assembly.accept('p', { policy: assembly.nextPolicy({ promotion: gates }) });
    assembly.wait(LEAD_EPOCHS);
    expect(assembly.desk.books.policy).toMatchObject({ revision: 2, promotion: gates });
    assembly.cast.play(4_000_000, 3_000_000);
    expect(assembly.desk.books.runs[RUN]?.revisions).toHaveLength(2);
    assembly.desk.tick();
    assembly.cast.play(3_000_000, 2_000_000);
    // 3,333 basis points, which were enough before.
    expect(assembly.desk.books.runs[RUN]?.revisions).toHaveLength(2);
  });
});

describe('a rollback', () => {
  /** Two revisions beside the initial one, and a window open on the second. */
  function worked(): Assembly {
    const assembly = Assembly.atWork(6);
    assembly.cast.play(4_000_000, 3_000_000);
    assembly.desk.tick();
    assembly.cast.play(3_000_000, 2_000_000);
    assembly.desk.tick();
    return assembly;
  }

  it('waits for the open window, and the next one starts from what was restored', () => {
    const assembly = worked();
    const { cast, desk } = assembly;
    assembly.accept('p', { rollback: { run: RUN, toRevision: 1 } });
    expect(typesOf(assembly.wait(LEAD_EPOCHS + 3))).toEqual([]);
    cast.play(2_000_000, 1_000_000);
    expect(typesOf(desk.tick())).toEqual([
      'epoch.began',
      'revision.activated',
      'checkpoint.restored',
    ]);
    const [, first, , , restored] = must(desk.books.runs[RUN], 'run').revisions;
    expect(restored).toEqual({ ...first, revision: 4, window: null, restores: 1 });
    expect(cast.window).toMatchObject({ revision: 4, checkpoint: first?.checkpoint.digest });
  });

  it('has the loss that was measured then: another is refused', () => {
    const assembly = worked();
    const { cast, desk } = assembly;
    assembly.accept('p', { rollback: { run: RUN, toRevision: 1 } });
    assembly.wait(LEAD_EPOCHS);
    cast.play(2_000_000, 1_000_000);
    desk.tick();
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    cast.judge();
    const [key] = cast.validators;
    const report = cast.reportOf(must(key, 'validator').actor, 1_000_000, 900_000);
    expect(
      desk.say(must(key, 'validator'), 'daybook.aggregation.reported.v1', report),
    ).toMatchObject({ code: 'verdict_inconsistent' });
    cast.aggregate(3_000_000, 900_000);
    expect(desk.books.runs[RUN]?.revisions.at(-1)).toMatchObject({ revision: 5, window: 3 });
  });

  it('goes back to the very beginning, without momentum', () => {
    const assembly = worked();
    assembly.accept('p', { rollback: { run: RUN, toRevision: 0 } });
    assembly.wait(LEAD_EPOCHS);
    assembly.cast.play(2_000_000, 1_000_000);
    assembly.desk.tick();
    expect(assembly.desk.books.runs[RUN]?.revisions.at(-1)).toEqual({
      revision: 4,
      window: null,
      checkpoint: artifactNamed('initial'),
      momentum: null,
      heldOutLossMicroNats: 4_000_000,
      restores: 0,
    });
  });

  it('to what is current, or of a run that is over or unknown, is refused', () => {
    const assembly = worked();
    const propose = (run: string, toRevision: number) =>
      assembly.propose('p', { rollback: { run, toRevision } });
    expect(propose(RUN, 2)).toMatchObject({ code: 'proposal_inconsistent' });
    expect(propose(RUN, 3)).toMatchObject({ code: 'revision_unknown' });
    expect(propose('another', 0)).toMatchObject({ code: 'run_unknown' });
    assembly.desk.must(assembly.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'x' });
    expect(propose(RUN, 1)).toMatchObject({ code: 'run_state_forbids' });
  });

  it('lapses where the run is over before its epoch', () => {
    const assembly = worked();
    assembly.accept('p', { rollback: { run: RUN, toRevision: 1 } });
    assembly.desk.must(assembly.desk.operator, 'daybook.run.failed.v1', { run: RUN, reason: 'x' });
    expect(openWindow(assembly.desk.books, RUN)).toBeUndefined();
    const lapsed = assembly.wait(LEAD_EPOCHS).find(({ type }) => /lapsed/.test(type));
    expect(lapsed?.data).toEqual({ proposal: 'p', reason: 'run_state_forbids' });
    expect(assembly.network.revision).toBe(1);
  });
});

describe('a founded network', () => {
  it('leaves the operator its runs', () => {
    const { desk } = Assembly.founded();
    expect(() => desk.plan()).not.toThrow();
  });

  it('has a council without double seats, of roles named once', () => {
    const assembly = new Assembly();
    const [ann] = assembly.seats;
    expect(assembly.found({ council: [must(ann, 'seat'), must(ann, 'seat')] })).toMatchObject({
      code: 'council_inconsistent',
    });
    expect(assembly.found({ roles: ['miner', 'miner'] })).toMatchObject({
      code: 'council_inconsistent',
    });
    expect(assembly.found().ok).toBe(true);
    const rival = { council: [{ member: keyNamed('x').actor, weight: 1 }] };
    expect(assembly.found(rival)).toMatchObject({ code: 'network_already_founded' });
  });
});
