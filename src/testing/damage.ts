/**
 * Damage, exhaustively: every single bit flipped, every line dropped, doubled, or swapped with every
 * other. Each case is described, so that one that goes unnoticed can be named. Invariant: the bytes
 * of a case are never those of the original.
 */
export interface Damage {
  readonly what: string;
  /** Valid until the next case is asked for. */
  readonly bytes: Uint8Array;
}

export function* flippedBits(original: Uint8Array): Generator<Damage, void, void> {
  const bytes = new Uint8Array(original);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const [at, mask] = [bit >> 3, 1 << (bit & 7)];
    bytes[at] = (bytes[at] ?? 0) ^ mask;
    yield { what: `bit ${bit & 7} of byte ${at}`, bytes };
    bytes[at] ^= mask;
  }
}

export function* cuts(original: Uint8Array): Generator<Damage, void, void> {
  for (let length = 0; length < original.length; length++) {
    yield { what: `cut after ${length} bytes`, bytes: original.subarray(0, length) };
  }
}

/** @param lines all different, without their newlines */
export function* displacedLines(lines: readonly Uint8Array[]): Generator<Damage, void, void> {
  for (const [at, line] of lines.entries()) {
    yield { what: `line ${at} dropped`, bytes: joined(lines.toSpliced(at, 1)) };
    yield { what: `line ${at} doubled`, bytes: joined(lines.toSpliced(at, 0, line)) };
    for (const [other, otherLine] of lines.entries()) {
      if (other <= at) continue;
      const swapped = lines.with(at, otherLine).with(other, line);
      yield { what: `lines ${at} and ${other} swapped`, bytes: joined(swapped) };
    }
  }
}

const NEWLINE = Buffer.from('\n');
const joined = (lines: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(lines.flatMap((line) => [line, NEWLINE]));
