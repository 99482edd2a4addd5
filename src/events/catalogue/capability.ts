/** Facts about what a node says it can do, and what its work shows. */
import { actorId, digest, integer, label, object, oneOf, sessionNumber } from '../codecs.ts';
import { declareFact } from './declare.ts';

const about = (data: { participant: string }): string => `participant/${data.participant}`;
const perSecond = integer(0, 1_000_000_000_000);

export const capabilityClaimed = declareFact({
  type: 'daybook.capability.claimed.v1',
  author: 'node',
  command: 'claim-capability',
  doc: 'A node says what it can do, with a benchmark that anybody can run again.',
  subject: about,
  data: object({
    participant: actorId,
    session: sessionNumber,
    computeClass: oneOf('exact', 'tolerant'),
    backend: label,
    threads: integer(1, 65_536),
    memoryBytes: integer(0, 2 ** 50),
    tokensPerSecond: perSecond,
    /** What was run and what came out: the result is the same on every machine, the time is not. */
    benchmark: object({
      specification: digest,
      result: digest,
      tokens: integer(1, 1_000_000_000_000),
      elapsedMs: integer(1, 86_400_000),
    }),
    build: digest,
  }),
});

export const capabilityMeasured = declareFact({
  type: 'daybook.capability.measured.v1',
  author: 'authority',
  doc: 'The speed that accepted work shows, by the clock of the ledger, speaks for the claim or against it.',
  subject: about,
  data: object({
    participant: actorId,
    judgement: oneOf('as_claimed', 'overstated'),
    claimed: perSecond,
    /** In the window just scored. */
    measured: perSecond,
  }),
});
