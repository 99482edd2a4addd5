/**
 * Ids of commands in ledgers that have a nonce: each ends in the tag of its ledger, and everybody's
 * but an operator's says how far the ledger was when it was signed (command-tag.ts). A command is
 * recorded within a horizon after that or never, so an id is used once for ever although old ones
 * are forgotten.
 */
import { catalogue } from '../../events/catalogue.ts';
import { COMMAND_HORIZON, nonceTag, tagOf } from '../../events/command-tag.ts';
import type { Books } from '../../projections/books.ts';
import type { Command } from '../command.ts';
import type { Refusal } from '../refusal.ts';
import { refuse } from '../refusal.ts';

/** Called for commands whose id is not on record; null lets them pass. */
export function idProblem(books: Books, { id, fact }: Command): Refusal | null {
  const { nonce, size } = books.ledger;
  if (nonce === undefined) return null;
  const tag = tagOf(id);
  if (tag === null)
    return refuse(
      'command_untagged',
      `"${id}" does not end in :${nonceTag(nonce)}, as ids signed since the ledger was opened do`,
    );
  if (tag.nonce !== nonceTag(nonce))
    return refuse('foreign_command', `signed for ${tag.nonce}, this is ${nonceTag(nonce)}`);
  if (tag.anchor === null)
    return catalogue.get(fact.type)?.author === 'operator'
      ? null
      : refuse('command_untagged', "only an operator's id may do without an anchor");
  if (tag.anchor > size)
    return refuse('command_ahead', `signed at ${tag.anchor} entries, the ledger has ${size}`);
  return size - tag.anchor > COMMAND_HORIZON
    ? refuse('command_expired', `signed at ${tag.anchor} entries, the ledger has ${size}`)
    : null;
}
