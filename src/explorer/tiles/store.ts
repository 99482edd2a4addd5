/**
 * Tiles of the verified log: hashes of full tiles come from memory, full tiles of leaves from the
 * entries, read anew and checked against what the follower verified; the latest few are kept.
 */
import { HASH_BYTES, leafHash } from '../../events/merkle.ts';
import { perfectRoot, TILE_WIDTH } from '../../events/tile.ts';
import type { Tile } from '../../events/tile.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { EntrySource } from '../entries.ts';
import { linesBetween } from '../entries.ts';

/** 8 KiB each. */
const KEPT_TILES = 64;

export class TileStore {
  readonly #source: EntrySource;
  /** Full tiles of leaves by index, the one used last at the end. */
  readonly #kept = new Map<number, Uint8Array>();

  constructor(source: EntrySource) {
    this.#source = source;
  }

  /** @param tile that the verified tree has */
  async bytes({ level, index, width }: Tile): Promise<Uint8Array> {
    const known = this.#source.follower.tiles.hashes(level, index, width);
    if (known !== null) return known;
    const kept = this.#kept.get(index) ?? (await this.#read(index));
    this.#kept.delete(index);
    this.#kept.set(index, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_TILES && oldest !== undefined) this.#kept.delete(oldest);
    return kept.subarray(0, width * HASH_BYTES);
  }

  async #read(index: number): Promise<Uint8Array> {
    const from = index * TILE_WIDTH;
    const leaves: Uint8Array[] = [];
    for await (const line of linesBetween(this.#source, from, from + TILE_WIDTH))
      leaves.push(leafHash(line));
    const bytes = Buffer.concat(leaves);
    const verified = this.#source.follower.tiles.fullTile(index);
    if (leaves.length !== TILE_WIDTH || Buffer.compare(perfectRoot(bytes), verified) !== 0)
      throw new Fault('log_corrupt', `entries ${from} and on are not those that were verified`, {
        retryable: false,
      });
    return bytes;
  }
}
