/** How many entries a command led to, whatever stands between it and the next one. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../events/catalogue.ts';
import { tagged } from '../events/command-tag.ts';
import { emptyBooks } from './books.ts';
import { commandRecord, GENERATION, recordCommand } from './command-book.ts';

const NONCE = 'n0nce-of-a-ledger';

/** Commands one after the other: entries that each leads to, and whether it is remembered for ever. */
const commands = fc.array(
  fc.record({
    count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: GENERATION + 9 })),
    lasts: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

it('is told of every command, in its generation or apart', () => {
  fc.assert(
    fc.property(commands, (plan) => {
      const books = emptyBooks('counted');
      books.ledger.nonce = NONCE;
      const ids = plan.map(({ count, lasts }, at) => {
        const sequence = books.ledger.size;
        const id = tagged(`command-${at}`, NONCE, lasts ? null : sequence);
        recordCommand(books, { commandid: id, sequence, sig: `sig-${at}` } as LedgerEvent);
        books.ledger.size += count;
        return { id, sequence, count, sig: `sig-${at}` };
      });
      for (const { id, ...record } of ids) expect(commandRecord(books, id)).toEqual(record);
    }),
  );
});
