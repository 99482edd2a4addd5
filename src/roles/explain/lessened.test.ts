/** What lessens credits, held against the rules at each moment at which a window was credited. */
import { expect, it } from 'vitest';
import { atStagePay } from '../../commands/rules/windows/admission.ts';
import { deweighted } from '../../commands/rules/discipline/sanctions.ts';
import { earnedBy } from '../../commands/rules/money/accounts.ts';
import { splitRecording } from '../../events/recording.ts';
import { must } from '../../projections/books.ts';
import { fileOf } from '../../scenarios/retained-runs.ts';
import { ladderStory, struckStory } from '../../testing/stories/ladder.ts';
import { meshStory } from '../../testing/stories/mesh.ts';
import { LADDER } from '../../testing/offence-case.ts';
import { Cast } from '../../testing/cast.ts';
import { Desk } from '../../testing/desk.ts';
import { Rebuild } from '../rebuild.ts';
import type { Evidence } from './chronicle.ts';
import { Chronicle } from './chronicle.ts';
import type { Lessening } from './lessened.ts';
import { lessenedIn } from './lessened.ts';
import { explainPayout } from './payout.ts';
import { explainWeight } from './weight.ts';

const WHOLE = 10_000;

interface Credited {
  readonly run: string;
  readonly window: number;
  readonly participant: string;
  /** What the rules leave of WHOLE. */
  readonly left: number;
}

function read(lines: readonly Uint8Array[]): { evidence: Evidence; credited: Credited[] } {
  const rebuilt = new Rebuild({ whole: true });
  const chronicle = new Chronicle();
  const credited: Credited[] = [];
  for (const line of lines) {
    const before = rebuilt.size === 0 ? null : structuredClone(rebuilt.books);
    const event = rebuilt.add(line);
    chronicle.observe(event);
    const [, run, window] = /^journal\/credit\/([^/]+)\/(\d+)$/.exec(event.subject) ?? [];
    if (before === null || run === undefined) continue;
    const book = must(before.windows[`${run}/${window}`], 'window');
    for (const participant of Object.keys(before.members)) {
      const probe = {
        id: 'probe',
        unit: 'work',
        debit: 'issuer',
        credit: earnedBy(run, participant),
        amount: String(WHOLE),
        reason: 'probe',
        because: [],
      } as const;
      const [left] = deweighted(before, book, atStagePay(before, book, [probe]));
      credited.push({ run, window: Number(window), participant, left: Number(left?.amount) });
    }
  }
  return { evidence: { books: rebuilt.books, roots: rebuilt.roots, chronicle }, credited };
}

/** Somebody cheats in the first window and is right in the next two, of which one weighs less. */
function forgivenStory(): Desk {
  const desk = new Desk().open({
    ladder: {
      ...LADDER,
      first: { ...LADDER.first, work: 'warned' },
      warnings: 0,
      deweightWindows: 2,
    },
  });
  const cast = new Cast(desk, 2, 3);
  desk.plan({ windows: 4 });
  for (const key of cast.everybody) desk.join(key);
  desk.tick();
  const [first, second] = cast.slots as [string, string];
  cast.train(first, 'an altered delta');
  cast.train(second);
  cast.reveal();
  cast.judge();
  cast.aggregate(4_000_000, 3_900_000);
  desk.tick();
  for (const loss of [3_900_000, 3_800_000, 3_700_000]) {
    cast.play(loss, loss - 100_000);
    desk.tick();
  }
  return desk;
}

const scored = read([...splitRecording(fileOf('scored', 'ndjson'))]);
const apply = (lessened: readonly Lessening[]): number =>
  lessened.reduce((left, { bps }) => Math.floor((left * bps) / WHOLE), WHOLE);

it('is what the rules took at the time, however the parties stand later', () => {
  const seen = new Set<string>();
  const stories = [meshStory(), ladderStory(), struckStory(), forgivenStory()].map(({ lines }) =>
    read(lines),
  );
  for (const { evidence, credited } of [scored, ...stories])
    for (const { run, window, participant, left } of credited) {
      const lessened = lessenedIn(evidence, run, window, participant);
      expect([run, window, participant, apply(lessened)]).toEqual([run, window, participant, left]);
      for (const { by } of lessened) seen.add(by);
    }
  expect([...seen].sort()).toEqual(['canary', 'limited', 'offence']);
});

it('is told with each credit, and where nothing was left', () => {
  const { evidence } = scored;
  const payout = (who: string, period: number) => {
    const explained = explainPayout(evidence, { who, period });
    if (explained._tag === 'Left') throw new Error(explained.left);
    return explained.right;
  };
  expect(payout('victor', 1).credits.map(({ lessened }) => lessened)).toMatchObject([
    [{ by: 'limited', bps: 5000 }],
    [{ by: 'limited', bps: 5000 }],
    [],
  ]);
  expect(payout('cleo', 1).unrewarded.map(({ reason }) => reason)).toEqual([
    'right, and weighed as nothing by the consensus',
    'right, and weighed as nothing by the consensus',
  ]);
  const weight = explainWeight(evidence, { who: 'victor', window: 0 });
  expect(weight).toMatchObject({ right: { lessened: [{ by: 'canary', bps: 0 }], credits: [] } });
});
