/** What `daybook simulate` prints for programs: of one seed, or of a campaign of them. */
import type { Outcome } from '../../simulation/simulation.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  boolean,
  count,
  dictionary,
  many,
  members,
  orNull,
  shape,
  string,
} from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column } from '../terminal/declared-output.ts';

export interface CampaignSummary {
  readonly seeds: number;
  readonly breached: readonly {
    readonly seed: string;
    readonly law: string;
    readonly message: string;
  }[];
  /** Runs that came to their end. */
  readonly completed: number;
  readonly entries: number;
  readonly virtualHours: number;
  readonly seedsPerMinute: number;
}

const positive = shape<number>({ type: 'number', minimum: 0 });

const outcomeShape: Shape<Outcome> = members({
  seed: string,
  completed: boolean,
  breach: orNull(members({ law: string, message: string })),
  virtualMs: positive,
  ticks: count,
  commits: count,
  entries: count,
  root: string,
  transcriptDigest: shape<Outcome['transcriptDigest']>({ type: 'string' }),
  lastLines: many(string),
  faults: dictionary(count),
  refusals: dictionary(count),
  promoted: count,
});

const campaignShape: Shape<CampaignSummary> = members({
  seeds: count,
  breached: many(members({ seed: string, law: string, message: string })),
  completed: count,
  entries: count,
  virtualHours: positive,
  seedsPerMinute: positive,
});

type Simulated = Outcome | CampaignSummary;

const simulatedShape = shape<Simulated>({ oneOf: [outcomeShape.schema, campaignShape.schema] });

const isOne = (value: Simulated): value is Outcome => 'seed' in value;

export const simulated: Output<Simulated> = {
  doc: 'What came of a seed, or of a campaign of seeds.',
  shape: simulatedShape,
  rowShape: simulatedShape,
  rows: (value) => [value],
  columns: [
    column('seeds', (value) => (isOne(value) ? 1 : value.seeds)),
    column('completed', (value) => Number(value.completed)),
    column('breached', (value) =>
      isOne(value) ? Number(value.breach !== null) : value.breached.length,
    ),
    column('entries', ({ entries }) => entries),
    column('virtual hours', (value) =>
      (isOne(value) ? value.virtualMs / 3_600_000 : value.virtualHours).toFixed(2),
    ),
  ],
};
