/** Facts about the network that a ledger is of: its founding and the epochs at which something hung. */
import { actorId, integer, label, list, object, oneOf, slug } from '../codecs.ts';
import { declareFact } from './declare.ts';

/** From a second, for rehearsals, to a year. */
const epochMs = integer(1000, 365 * 24 * 3_600_000);
export const epochNumber = integer(0, Number.MAX_SAFE_INTEGER);
/** So small that 64 of them times 10,000 is a safe integer. */
const weight = integer(1, 1_000_000_000);

export const councilSeats = list(object({ member: actorId, weight }), 64, 1);
export const networkRole = oneOf(
  'miner',
  'validator',
  'relay',
  'checkpoint-authority',
  'aggregator',
);

export const networkFounded = declareFact({
  type: 'daybook.network.founded.v1',
  author: 'operator',
  command: 'found-network',
  doc: 'The ledger becomes that of a network, whose council decides its terms from now on; epoch 0 begins with this entry.',
  subject: (data) => `network/${data.network}`,
  data: object({
    network: slug,
    title: label,
    /** Length of every epoch; epoch n begins at the time of this entry + n * epochMs. */
    epochMs,
    council: councilSeats,
    roles: list(networkRole, 5, 1),
  }),
});

export const epochBegan = declareFact({
  type: 'daybook.epoch.began.v1',
  author: 'authority',
  doc: 'An epoch at whose beginning something is decided; the others pass without an entry.',
  subject: (data) => `network/${data.network}/epoch/${data.epoch}`,
  data: object({
    network: slug,
    epoch: epochNumber,
    /** The last one with an entry, or 0. */
    previous: epochNumber,
  }),
});
