/**
 * Where each buffer of a program lies in one piece of memory. Buffers needed at one step never
 * overlap; those that are not share space. One that takes over another's storage exactly when the
 * other is done joins it first. Largest first, each at the lowest free place: the usual greedy
 * heuristic for offline dynamic storage allocation (Pisarchyk and Lee 2020, "greedy by size").
 */
import { invariant } from '../invariant.ts';
import type { Buffer } from './schedule.ts';

/** Cache lines, and what SIMD loads like. */
const ALIGNMENT = 64;

export interface Arena {
  readonly bytes: number;
  /** Offset in bytes, a multiple of 64. */
  offsetOf(buffer: Buffer): number;
}

/** Buffers that follow one another in one place. */
interface Tenancy {
  bytes: number;
  first: number;
  last: number;
  offset: number;
}

export function placeBuffers(buffers: readonly Buffer[]): Arena {
  const tenancies = joined(buffers);
  const placed: Tenancy[] = [];
  let bytes = 0;
  const bySize = [...new Set(tenancies.values())].sort(
    (a, b) => b.bytes - a.bytes || a.first - b.first,
  );
  for (const tenancy of bySize) {
    tenancy.offset = lowestFree(placed, tenancy);
    placed.push(tenancy);
    bytes = Math.max(bytes, tenancy.offset + tenancy.bytes);
  }
  return {
    bytes,
    offsetOf(buffer) {
      const tenancy = tenancies.get(buffer);
      invariant(tenancy !== undefined, 'a buffer of this program');
      return tenancy.offset;
    },
  };
}

/** Every buffer's tenancy, after take-overs, in order of their first steps. */
function joined(buffers: readonly Buffer[]): ReadonlyMap<Buffer, Tenancy> {
  const tenancies = new Map<Buffer, Tenancy>();
  const taken = new Set<Buffer>();
  for (const buffer of [...buffers].sort((a, b) => a.first - b.first)) {
    const bytes = bytesOf(buffer);
    const over = buffer.over.find(
      (other) =>
        other !== buffer &&
        !taken.has(other) &&
        tenancies.has(other) &&
        other.last === buffer.first &&
        other.first < buffer.first &&
        bytesOf(other) === bytes,
    );
    if (over === undefined) {
      const { first, last } = buffer;
      tenancies.set(buffer, { bytes, first, last, offset: 0 });
      continue;
    }
    taken.add(over);
    const tenancy = tenancies.get(over)!;
    tenancy.last = buffer.last;
    tenancies.set(buffer, tenancy);
  }
  return tenancies;
}

/** Among those already placed and in use at some step of this one. */
function lowestFree(placed: readonly Tenancy[], wanted: Tenancy): number {
  const inTheWay = placed
    .filter((other) => other.first <= wanted.last && wanted.first <= other.last)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const other of inTheWay) {
    if (offset + wanted.bytes <= other.offset) break;
    offset = Math.max(offset, other.offset + other.bytes);
  }
  return offset;
}

function bytesOf({ block }: Buffer): number {
  const bytes = block.length * (block.type === 'f64' ? 8 : 4);
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
