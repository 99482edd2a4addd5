/**
 * Gives commands ids that end in the tag of their ledger (events/command-tag.ts). What it needs to
 * know - the nonce in the ledger's first entry, and about how far the ledger is - it reads from the
 * log. Ledgers of the first rules have no nonce, and ids there stay as they are.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { FactType } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import { tagged, tagOf } from '../events/command-tag.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import { decodeEvent } from '../events/decode-event.ts';
import type { CommandId } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import type { CurrentEvent } from '../events/upcast.ts';
import { upcast } from '../events/upcast.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';

export type Opening = Extract<CurrentEvent, { type: 'daybook.ledger.opened.v2' }>['data'];

/**
 * What the ledger's first entry says; null while it is empty.
 * @throws Fault log_corrupt
 */
export async function readOpening(log: EventLog): Promise<Opening | null> {
  for await (const commit of log.read(LOG_START)) {
    const lines = unpackCommit(commit);
    const first = isLeft(lines) ? undefined : lines.right[0];
    const event = first === undefined ? undefined : decodeEvent(first);
    if (event !== undefined && !isLeft(event)) {
      const opened = upcast(event.right);
      if (opened.type === 'daybook.ledger.opened.v2') return opened.data;
    }
    throw new Fault('log_corrupt', 'The first entry does not open the ledger.', {
      retryable: false,
    });
  }
  return null;
}

export class CommandTagger {
  readonly #log: EventLog;
  #nonce: string | null | undefined = undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /**
   * @param name of the command; one that has a tag already is left alone
   * @param ledgerSize entries that its author knows of; asked of the log when not given
   */
  async idOf(name: string, type: FactType, ledgerSize?: number): Promise<CommandId> {
    const nonce = await this.#readNonce();
    if (nonce === null || tagOf(name) !== null) return name as CommandId;
    if (catalogue.get(type)?.author === 'operator') return tagged(name, nonce, null);
    return tagged(name, nonce, ledgerSize ?? (await this.#log.head()).size);
  }

  /** Null for a ledger without one, and for one that is not open yet. */
  async #readNonce(): Promise<string | null> {
    if (this.#nonce !== undefined) return this.#nonce;
    const opening = await readOpening(this.#log);
    if (opening === null) return null;
    this.#nonce = opening.nonce;
    return opening.nonce;
  }
}
