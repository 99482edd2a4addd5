/**
 * How a delta is encoded: plain JSON, told apart by `name`.
 *
 * - `raw`: f32, nothing lost.
 * - `int8`: blocks of `block` elements. `absmax`: one scale a block. `bins`: 256 bins over six sigma,
 *   each decoding to the mean of what fell into it.
 * - `sparseloco`: the `top` largest of each tile in 2 bits each (Sarfi et al. 2025).
 * - `demo`: the `top` largest DCT coefficients of each tile (Peng et al. 2024).
 *
 * All but `raw` lose something; what they lost is fed back, times `decay`, into the next delta. A
 * decay of 0 forgets it: then there is no feedback at all.
 */
import { checkReal, checkWhole } from '../model/config.ts';
import { TrainingInputError } from '../training-input-error.ts';

export interface RawEncoding {
  readonly name: 'raw';
}

export interface Int8Encoding {
  readonly name: 'int8';
  readonly statistic: 'absmax' | 'bins';
  /** Elements of a block. */
  readonly block: number;
  readonly decay: number;
}

export interface TiledEncoding {
  readonly name: 'sparseloco' | 'demo';
  /** Side of a tile, at most 64: an index in a tile has 12 bits. */
  readonly tile: number;
  /** Values kept of a tile. */
  readonly top: number;
  readonly decay: number;
}

export type DeltaEncoding = RawEncoding | Int8Encoding | TiledEncoding;
export type LossyEncoding = Exclude<DeltaEncoding, RawEncoding>;

export const TILE_MAX = 64;
const BLOCK_MAX = 2 ** 24;
/** A smaller block would be outweighed by its scale, or its 256 levels. */
const BLOCK_MIN = { absmax: 8, bins: 1024 } as const;

/** Throws TrainingInputError `spec_invalid` for anything but a DeltaEncoding. */
export function parseDeltaEncoding(value: unknown): DeltaEncoding {
  if (typeof value !== 'object' || value === null) throw invalid('it is not an object');
  const members = value as Record<string, unknown>;
  switch (members['name']) {
    case 'raw':
      only(members, ['name']);
      return { name: 'raw' };
    case 'int8':
      return parseInt8(members);
    case 'sparseloco':
    case 'demo':
      return parseTiled(members['name'], members);
    default:
      throw invalid('no encoding has this name');
  }
}

/** The one spelling of an encoding: members in the order of the interfaces, no spaces. */
export function printDeltaEncoding(encoding: DeltaEncoding): string {
  switch (encoding.name) {
    case 'raw':
      return JSON.stringify({ name: encoding.name });
    case 'int8': {
      const { name, statistic, block, decay } = encoding;
      return JSON.stringify({ name, statistic, block, decay });
    }
    case 'sparseloco':
    case 'demo': {
      const { name, tile, top, decay } = encoding;
      return JSON.stringify({ name, tile, top, decay });
    }
  }
}

function parseInt8(members: Record<string, unknown>): Int8Encoding {
  only(members, ['name', 'statistic', 'block', 'decay']);
  const { statistic } = members;
  if (statistic !== 'absmax' && statistic !== 'bins') throw invalid('unknown statistic');
  const block = wholeOf(members, 'block', BLOCK_MIN[statistic], BLOCK_MAX);
  return { name: 'int8', statistic, block, decay: decayOf(members) };
}

function parseTiled(name: TiledEncoding['name'], members: Record<string, unknown>): TiledEncoding {
  only(members, ['name', 'tile', 'top', 'decay']);
  const tile = wholeOf(members, 'tile', 1, TILE_MAX);
  return { name, tile, top: wholeOf(members, 'top', 1, tile * tile), decay: decayOf(members) };
}

function only(members: Record<string, unknown>, known: readonly string[]): void {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`unknown member ${JSON.stringify(unknown)}`);
}

function numberOf(members: Record<string, unknown>, field: string): number {
  const value = members[field];
  if (typeof value !== 'number') throw invalid(`${field} is not a number`);
  return value;
}

function wholeOf(
  members: Record<string, unknown>,
  field: string,
  min: number,
  max: number,
): number {
  const value = numberOf(members, field);
  checkWhole(field, value, min, max);
  return value;
}

function decayOf(members: Record<string, unknown>): number {
  const decay = numberOf(members, 'decay');
  checkReal('decay', decay, 0, 1);
  return decay;
}

function invalid(what: string): TrainingInputError {
  return new TrainingInputError('spec_invalid', `delta encoding: ${what}`);
}
