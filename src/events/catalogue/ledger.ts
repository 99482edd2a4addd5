/** Facts about the ledger itself: its opening and its clock. */
import { actorId, hex32, integer, label, object, timeMs } from '../codecs.ts';
import { declareFact } from './declare.ts';

/** Ledgers of the first format: rules 1, no nonce. */
export const ledgerOpenedFirst = declareFact({
  type: 'daybook.ledger.opened.v1',
  author: 'authority',
  command: 'open-ledger',
  doc: 'The ledger begins: which key sequences it and which key operates it. Written no more; see v2.',
  subject: () => 'ledger',
  data: object({
    format: integer(1, 1),
    authority: actorId,
    operator: actorId,
    /** Origin line of the checkpoints. */
    origin: label,
  }),
  retired: true,
});

export const ledgerOpened = declareFact({
  type: 'daybook.ledger.opened.v2',
  author: 'authority',
  command: 'open-ledger',
  doc: 'The ledger begins: which key sequences it, which key operates it, and by which rules it is decided.',
  subject: () => 'ledger',
  data: object({
    format: integer(2, 2),
    /** Version of the decision rules: what a command is refused for and what follows from it. */
    rules: integer(2, 1_000_000),
    authority: actorId,
    operator: actorId,
    /** Origin line of the checkpoints. */
    origin: label,
    /** Drawn at random: command ids name it, so that a fact signed here can be recorded nowhere else. */
    nonce: hex32,
  }),
});

export const clockTicked = declareFact({
  type: 'daybook.clock.ticked.v1',
  author: 'authority',
  command: 'tick',
  doc: 'Time passed and something was due; the entries that follow say what. Ticks without consequence are not recorded.',
  subject: () => 'ledger/clock',
  data: object({ nowMs: timeMs }),
});
