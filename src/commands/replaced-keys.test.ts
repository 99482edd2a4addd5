/** What is said with a key that took another's place counts for the participant, in every book. */
import { describe, expect, it } from 'vitest';
import type { ActorId } from '../events/ids.ts';
import { consentOf } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Policy } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import { RUN } from '../testing/cast.ts';
import type { Desk } from '../testing/desk.ts';
import { keyNamed } from '../testing/desk.ts';
import { rejectedCase } from '../testing/offence-case.ts';
import { TERMS as REGISTRY } from '../testing/registry-cast.ts';
import { ScoringCase } from '../testing/scoring-case.ts';
import { joinedCast } from '../testing/stories/catch-up.ts';
import { adoptionOf } from './policy-adoption.ts';

const next = keyNamed('next');
const stakeless = { ...REGISTRY, workerStake: '0', validatorStake: '0' };

/** Terms for identities come into force, and another key takes this one's place. */
function replace(desk: Desk, { actor }: SigningKey): void {
  const before = must(desk.books.policy, 'policy');
  const policy: Policy = { ...before, revision: before.revision + 1, registry: stakeless };
  const { type, data } = adoptionOf(policy);
  desk.must(desk.operator, type, data);
  const consent = consentOf(next, desk.books.ledger, actor, 'key');
  const rotation = { participant: actor, key: next.actor, consent, recovery: null };
  desk.must(keyOf(actor, desk), 'daybook.identity.rotated.v1', rotation);
}

const keyOf = (actor: ActorId, { books }: Desk): SigningKey =>
  keyNamed(must(books.members[actor], 'member').name);

describe('a key that took the place of another', () => {
  it('shows a state for its participant', () => {
    const cast = joinedCast();
    const worker = must(cast.workers[0], 'worker');
    replace(cast.desk, worker);
    const { revision, checkpoint } = must(cast.desk.books.runs[RUN]?.revisions[0], 'revision');
    cast.desk.must(next, 'daybook.catchup.completed.v1', {
      run: RUN,
      session: 1,
      revision,
      checkpoint: checkpoint.digest,
      mode: 'overlapped',
      sources: ['store'],
      bytes: 1,
      chunksRefused: 0,
      revisionsCrossed: 0,
    });
    expect(Object.keys(cast.desk.books.caughtUp?.[RUN] ?? {})).toEqual([worker.actor]);
  });

  it('appeals for its participant', () => {
    const found = rejectedCase();
    replace(found.desk, found.claimant);
    const offence = `work/${found.assignment}`;
    const said = { offence, session: found.cast.sessionOf(found.claimant.actor), statement: 'no' };
    found.desk.must(next, 'daybook.appeal.filed.v1', said);
    expect(found.desk.books.appeals?.[offence]?.appellant).toBe(found.claimant.actor);
  });

  it('scores for its participant', () => {
    const found = ScoringCase.started().judged();
    const validator = must(found.cast.validators[0], 'validator');
    replace(found.desk, validator);
    const said = { run: RUN, window: 0, session: found.cast.sessionOf(validator.actor) };
    found.desk.must(next, 'daybook.scores.committed.v1', { ...said, commitment: 'ab'.repeat(32) });
    expect(found.scoring().commitments.map((one) => one.validator)).toEqual([validator.actor]);
  });
});
