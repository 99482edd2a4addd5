/** Names that every JavaScript object answers to are names like any other in the books. */
import { describe, expect, it } from 'vitest';
import { isLeft } from 'fp-ts/lib/Either.js';
import { eligible } from './rules/windows/eligibility.ts';
import { signCommand } from './command.ts';
import { handle } from './machine.ts';
import { commandRecord } from '../projections/command-book.ts';
import { Cast } from '../testing/cast.ts';
import { artifactNamed, Desk, LEDGER, testPlan } from '../testing/desk.ts';

const INHERITED = 'constructor';

describe('the name of an inherited property', () => {
  it('is a command id like any other, new or repeated', () => {
    // Later rules want a tag behind every id.
    const { desk, workers } = new Cast(new Desk().openFirst(), 1, 0);
    const [key] = workers;
    if (key === undefined) throw new Error('no worker');
    desk.join(key);
    const beat = signCommand(key, LEDGER, INHERITED, {
      type: 'daybook.participant.heartbeated.v1',
      data: { participant: key.actor, session: 1, beat: 1 },
    });
    expect(commandRecord(desk.books, INHERITED)).toBeUndefined();
    const decided = handle(desk.state, beat, desk.nowMs);
    if (isLeft(decided)) throw new Error(decided.left.code);
    expect(commandRecord(decided.right.state.books, INHERITED)).toMatchObject({ sig: beat.sig });
  });

  it('is a run like any other, with everybody eligible', () => {
    const { desk, workers } = Cast.started();
    desk.must(desk.operator, 'daybook.run.planned.v1', { ...testPlan, run: INHERITED });
    desk.must(desk.operator, 'daybook.run.initializing.v1', {
      run: INHERITED,
      checkpoint: artifactNamed('initial'),
    });
    expect(eligible(desk.books, 'worker', INHERITED, 0)).toHaveLength(workers.length);
    desk.tick();
    expect(desk.books.runs[INHERITED]?.state).toBe('active');
  });

  it('is a dataset like any other, absent until it is registered', () => {
    const { desk } = Cast.started();
    const plan = { ...testPlan, run: 'other', dataset: INHERITED };
    const result = desk.say(desk.operator, 'daybook.run.planned.v1', plan);
    expect(result).toMatchObject({ ok: false, code: 'dataset_unknown' });
  });
});
