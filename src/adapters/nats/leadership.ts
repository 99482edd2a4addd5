/**
 * Who leads, on NATS: a stream of its own that holds one message, the latest claim; a revision is
 * that message's sequence, and a claim carries the sequence it expects to replace. Read from the
 * stream's leader, never directly from a replica. Calls are made once and briefly: who leads makes
 * its claim again soon, who stands by looks again soon.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { leadStream, subjectsOf } from './declarations.ts';
import { ensureStream, orReconnected, type Link } from './link.ts';
import { isNotNext, natsFault } from './nats-fault.ts';
import type { Claim, Leadership, Standing } from '../../commands/ports/leadership.ts';
import type { LedgerId } from '../../events/ids.ts';

/** Of a lease: what one attempt to claim it may take. */
const CLAIM_PART = 1 / 4;
const CLAIM_TIMEOUT_MS_MIN = 100;
const RELEASE_TIMEOUT_MS = 1000;

const NOBODY: Standing = { revision: 0, claim: null };

class NatsLeadership implements Leadership {
  readonly self = `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`;
  readonly #link: Link;
  readonly #ledger: LedgerId;
  readonly #stream: string;
  #ready: Promise<void> | null = null;

  constructor(link: Link, ledger: LedgerId) {
    this.#link = link;
    this.#ledger = ledger;
    this.#stream = leadStream(ledger).name;
  }

  /** Made with the first claim: most who open a ledger never lead it, and may not make streams. */
  #ensured(): Promise<void> {
    this.#ready ??= ensureStream({ ...this.#link, create: true }, leadStream(this.#ledger));
    this.#ready.catch(() => {
      this.#ready = null;
    });
    return this.#ready;
  }

  async look(): Promise<Standing> {
    const query = { last_by_subj: subjectsOf(this.#ledger).lead };
    try {
      const found = await orReconnected(
        this.#link,
        this.#link.jsm.streams.getMessage(this.#stream, query),
      );
      if (found === null) return NOBODY;
      return { revision: found.seq, claim: claimOf(found.data) };
    } catch (error) {
      const fault = natsFault('Looking who leads', error, 'channel_unavailable', this.#link.login);
      if (fault.code === 'log_not_found') return NOBODY;
      throw fault;
    }
  }

  async claim(leaseMs: number, revision: number): Promise<number | null> {
    await this.#ensured();
    const timeout = Math.max(CLAIM_TIMEOUT_MS_MIN, leaseMs * CLAIM_PART);
    return await this.#write({ holder: this.self, leaseMs }, revision, timeout);
  }

  async release(revision: number): Promise<void> {
    await this.#write(null, revision, RELEASE_TIMEOUT_MS);
  }

  async #write(claim: Claim | null, revision: number, timeout: number): Promise<number | null> {
    const { lead } = subjectsOf(this.#ledger);
    const expect = { streamName: this.#stream, lastSequence: revision };
    try {
      const writing = this.#link.js.publish(lead, JSON.stringify(claim), { expect, timeout });
      return (await orReconnected(this.#link, writing)).seq;
    } catch (error) {
      if (isNotNext(error)) return null;
      throw natsFault('Claiming the lead', error, 'channel_unavailable', this.#link.login);
    }
  }

  async close(): Promise<void> {}
}

/** Whoever wrote something else made no claim. */
function claimOf(bytes: Uint8Array): Claim | null {
  try {
    const { holder, leaseMs } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Claim>;
    const isClaim = typeof holder === 'string' && typeof leaseMs === 'number' && leaseMs >= 0;
    return isClaim ? { holder, leaseMs } : null;
  } catch {
    return null;
  }
}

export function openLeadership(link: Link, ledger: LedgerId): Leadership {
  return new NatsLeadership(link, ledger);
}
