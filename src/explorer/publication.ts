/**
 * The signed head that the explorer shows: asked of the authority when somebody wants one that is
 * not fresh, checked against the explorer's own tree, cosigned by the witnesses there are. Invariant:
 * what is published was signed by the ledger's authority for a root computed here, never shrinks, and
 * has its quorum of cosignatures; while no newer one has all that, the last one stands.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { verifyCheckpoint } from '../events/checkpoint.ts';
import type { Checkpoint } from '../events/checkpoint.ts';
import type { ActorId } from '../events/ids.ts';
import { verifierKeyOf } from '../events/note.ts';
import { consistencyProof } from '../events/proofs.ts';
import type { SubtreeHash } from '../events/proofs.ts';
import { askAuthority } from '../roles/ask-authority.ts';
import { subtreesFromTiles } from '../roles/proofs/tiled-tree.ts';
import { gatherCosignatures } from '../roles/witness/ask-witness.ts';
import type { SeenSizes, Witnesses } from '../roles/witness/ask-witness.ts';
import type { Follower } from './follower.ts';
import type { TileStore } from './tiles/store.ts';

export interface Published {
  /** Signed checkpoint, with its cosignatures. */
  readonly note: string;
  readonly size: number;
}

export interface PublicationOptions {
  readonly log: EventLog;
  /** Where the authority is asked. */
  readonly channel: Channel;
  /** Null: published without cosignatures. */
  readonly witnesses: Witnesses | null;
}

const FRESH_MS = 1000;
/** A head that has not grown is cosigned again after this long: a cosignature says when. */
const COSIGNED_MS = 60_000;
const ANSWER_MS_MAX = 3000;
const FOLLOW_MS_MAX = 5000;
const LOOK_EVERY_MS = 20;

export class Publication {
  readonly #options: PublicationOptions | null;
  readonly #follower: Follower;
  readonly #tiles: TileStore;
  readonly #seen: SeenSizes = new Map();
  #last: (Published & { readonly atMs: number; readonly cosignedMs: number }) | null = null;
  #problem = 'this explorer has no way to ask the authority';
  #asking: Promise<void> | null = null;

  /** @param options null where nobody can be asked */
  constructor(options: PublicationOptions | null, follower: Follower, tiles: TileStore) {
    this.#options = options;
    this.#follower = follower;
    this.#tiles = tiles;
  }

  /** The last one published; null before the first. */
  get last(): Published | null {
    return this.#last;
  }

  /** Why there is no newer one, for people. */
  get problem(): string {
    return this.#problem;
  }

  /** A fresh one if there is one in a bounded time, else the last one, else null. */
  async current(): Promise<Published | null> {
    if (this.#options === null) return null;
    if (this.#last !== null && performance.now() - this.#last.atMs < FRESH_MS) return this.#last;
    this.#asking ??= this.#renew(this.#options)
      .catch((error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error);
      })
      .finally(() => {
        this.#asking = null;
      });
    await Promise.race([this.#asking, delay(ANSWER_MS_MAX, undefined, { ref: false })]);
    return this.#last;
  }

  async #renew({ log, channel, witnesses }: PublicationOptions): Promise<void> {
    const { checkpoint: note } = await askAuthority(log, channel, 'head');
    const head = await this.#verified(note);
    const nowMs = performance.now();
    const last = this.#last;
    if (last !== null && head.size < last.size) throw new Error('the authority signed an old head');
    if (last?.size === head.size && (witnesses === null || nowMs - last.cosignedMs < COSIGNED_MS)) {
      this.#last = { ...last, atMs: nowMs };
      return;
    }
    const cosigned = witnesses === null ? note : await this.#cosigned(head, note, witnesses);
    this.#last = { note: cosigned, size: head.size, atMs: nowMs, cosignedMs: nowMs };
  }

  /** @throws Error unless the ledger's authority signed it and it is the head of the own tree */
  async #verified(note: string): Promise<Checkpoint> {
    const untilMs = performance.now() + FOLLOW_MS_MAX;
    for (;;) {
      const { origin, authority, size } = this.#follower.folded.head;
      if (origin !== null && authority !== null) {
        const head = verifyCheckpoint(verifierKeyOf(origin, authority as ActorId), note);
        if (E.isLeft(head)) throw new Error(`the authority's head: ${head.left.message}`);
        if (head.right.size <= size) {
          await this.#subtrees(head.right, () => undefined);
          return head.right;
        }
      }
      if (performance.now() > untilMs) throw new Error('the log is not folded so far yet');
      await delay(LOOK_EVERY_MS, undefined, { ref: false });
    }
  }

  async #cosigned(head: Checkpoint, note: string, witnesses: Witnesses): Promise<string> {
    const { size } = head;
    const proofFrom = async (oldSize: number) => {
      const use = (subtree: SubtreeHash) => consistencyProof(oldSize, size, subtree);
      return use(await this.#subtrees(head, use));
    };
    const cosigned = await gatherCosignatures(witnesses, { note, size, proofFrom }, this.#seen);
    if (E.isLeft(cosigned)) throw new Error(cosigned.left.message);
    return cosigned.right;
  }

  /** @throws Error when the own tree's first entries have another root */
  async #subtrees(head: Checkpoint, use: (subtree: SubtreeHash) => void): Promise<SubtreeHash> {
    const tile = async (one: Parameters<TileStore['bytes']>[0]) =>
      E.right(await this.#tiles.bytes(one));
    const subtree = await subtreesFromTiles(head, tile, use);
    if (E.isLeft(subtree)) throw new Error(`the authority's head: ${subtree.left.message}`);
    return subtree.right;
  }
}
