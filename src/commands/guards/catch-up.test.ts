/** Terms for catching up: who gets work, what a claim shows, what may be offered in chunks. */
import { describe, expect, it } from 'vitest';
import { must } from '../../projections/books.ts';
import { offersOf } from '../../projections/catch-up.ts';
import { artifactNamed, digestNamed } from '../../testing/desk.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { caughtUpCast, joinedCast, offerOf, TERMS } from '../../testing/stories/catch-up.ts';

const first = (cast: Cast) => must(cast.workers[0], 'worker');

describe('a worker that has not caught up', () => {
  it('gets no work, and the run waits for as many as it needs', () => {
    const cast = joinedCast();
    cast.desk.tick();
    expect(cast.desk.books.runs[RUN]?.state).toBe('initializing');
    const [one, other] = cast.workers;
    cast.catchUp(must(one, 'worker'));
    cast.desk.tick();
    expect(cast.desk.books.runs[RUN]?.state).toBe('initializing');
    cast.catchUp(must(other, 'worker'));
    cast.desk.tick();
    const named = [...cast.window.contributors, ...cast.window.standby];
    expect(named.toSorted()).toEqual([one?.actor, other?.actor].toSorted());
  });

  it('takes over nothing in an open window, until it has', () => {
    const cast = joinedCast();
    const [one, other, late] = cast.workers.map((key) => must(key, 'worker'));
    for (const key of [one, other]) cast.catchUp(must(key, 'worker'));
    cast.desk.tick();
    const gone = must(one, 'worker');
    cast.desk.must(gone, 'daybook.participant.left.v1', {
      participant: gone.actor,
      session: 1,
      reason: 'stopped',
    });
    const holders = () => cast.slots.map((slot) => cast.assignment(slot).participant);
    expect(new Set(holders())).toEqual(new Set([other?.actor]));
    cast.catchUp(must(late, 'worker'));
    const leaver = must(other, 'worker');
    cast.desk.must(leaver, 'daybook.participant.left.v1', {
      participant: leaver.actor,
      session: 1,
      reason: 'stopped',
    });
    expect(new Set(holders())).toEqual(new Set([late?.actor]));
  });

  it('has to show a state again in its next session', () => {
    const cast = caughtUpCast(2);
    cast.play(4_000_000, 3_000_000);
    cast.desk.join(first(cast));
    cast.desk.tick();
    expect(cast.desk.books.runs[RUN]?.state).toBe('recovering');
    cast.catchUp(first(cast));
    cast.desk.tick();
    expect(cast.window.window).toBe(1);
  });

  it('is as good as any where the policy has no such terms', () => {
    expect(Cast.started().window.contributors.length).toBe(2);
  });
});

describe('a claim', () => {
  const claimed = (cast: Cast, checkpoint = artifactNamed('initial').digest) => {
    const [assignment = ''] = cast.slots;
    const key = cast.keyOf(cast.assignment(assignment).participant);
    const pagesRoot = digestNamed('pages').slice(7);
    const data = { assignment, session: cast.sessionOf(key.actor), checkpoint, pagesRoot };
    return cast.desk.say(key, 'daybook.assignment.claimed.v2', data);
  };

  it("is refused on any state but the window's input, and nothing is lost", () => {
    const cast = caughtUpCast();
    expect(claimed(cast, digestNamed('one bit off'))).toMatchObject({ code: 'state_drifted' });
    expect(claimed(cast)).toMatchObject({ ok: true });
    const [slot = ''] = cast.slots;
    expect(cast.assignment(slot)).toMatchObject({
      state: 'claimed',
      pagesRoot: digestNamed('pages').slice(7),
    });
    expect(claimed(cast)).toMatchObject({ code: 'assignment_state_forbids' });
  });

  it('with a state is refused where the policy does not ask for one', () => {
    expect(claimed(Cast.started())).toMatchObject({ code: 'catch_up_not_offered' });
  });

  it('to other pages than the assigned can be rejected, though the delta is right', () => {
    const verdictOn = (cast: Cast, shown: boolean, reason: string) => {
      for (const slot of cast.slots) cast.train(slot);
      cast.reveal();
      cast.desk.tick();
      const [slot = ''] = cast.slots;
      expect(cast.assignment(slot).pagesRoot !== undefined).toBe(shown);
      const [judge = ''] = cast.panelOf(slot);
      const verdict = cast.verdictOf(slot, judge);
      return cast.desk.say(cast.keyOf(judge), 'daybook.verdict.recorded.v1', {
        ...verdict,
        disposition: 'rejected',
        reasons: [reason],
      });
    };
    expect(verdictOn(caughtUpCast(), true, 'wrong_pages')).toMatchObject({ ok: true });
    const inconsistent = { code: 'verdict_inconsistent' };
    expect(verdictOn(caughtUpCast(), true, 'other')).toMatchObject(inconsistent);
    expect(verdictOn(Cast.started(), false, 'wrong_pages')).toMatchObject(inconsistent);
  });
});

describe('an offer of chunks', () => {
  it('is good for its time, and the next one of the same artifact takes its place', () => {
    const cast = caughtUpCast();
    const { desk } = cast;
    const offer = offerOf(cast, first(cast));
    desk.must(first(cast), 'daybook.chunks.advertised.v1', offer);
    const found = (afterMs: number) =>
      offersOf(desk.books, offer.artifact.digest, desk.nowMs + afterMs);
    expect(found(0)).toMatchObject([{ actor: first(cast).actor, offer: { root: offer.root } }]);
    expect(found(offer.goodForMs - 1)).toHaveLength(1);
    expect(found(offer.goodForMs)).toEqual([]);
    const moved = { ...offer, endpoint: 'https://[2001:db8::1]:8443/daybook' };
    desk.must(first(cast), 'daybook.chunks.advertised.v1', moved);
    expect(found(0)).toMatchObject([{ offer: { endpoint: moved.endpoint } }]);
  });

  it.each([
    ['of another size', { artifact: { ...artifactNamed('initial'), sizeBytes: 1001 } }],
    ['in other chunks than the policy says', { chunkBytes: 2048 }],
    ['of too many chunks', { count: 2 }],
    ['for too long', { goodForMs: TERMS.advertMaxMs + 1 }],
  ])('%s is refused', (_, said) => {
    const cast = caughtUpCast();
    const offer = { ...offerOf(cast, first(cast)), ...said };
    expect(cast.desk.say(first(cast), 'daybook.chunks.advertised.v1', offer)).toMatchObject({
      code: 'advertisement_inconsistent',
    });
  });

  it('names a server and nothing more', () => {
    const cast = caughtUpCast();
    for (const endpoint of [
      'ftp://host',
      'http://user@host',
      'http://host/?query',
      'http://host#there',
      `http://${'h'.repeat(161)}`,
      'http://host/a/b/c/d/e',
      'http://host\u0000',
    ])
      expect(() =>
        cast.desk.must(first(cast), 'daybook.chunks.advertised.v1', {
          ...offerOf(cast, first(cast)),
          endpoint,
        }),
      ).toThrow();
  });

  it('of a delta is for when it is revealed', () => {
    const cast = caughtUpCast();
    for (const slot of cast.slots) cast.train(slot);
    const [slot = ''] = cast.slots;
    const artifact = must(cast.assignment(slot).submission, 'submission').delta;
    const say = () =>
      cast.desk.say(first(cast), 'daybook.chunks.advertised.v1', {
        ...offerOf(cast, first(cast)),
        artifact,
      });
    expect(say()).toMatchObject({ code: 'artifact_unknown' });
    cast.reveal();
    expect(say()).toMatchObject({ ok: true });
  });
});
