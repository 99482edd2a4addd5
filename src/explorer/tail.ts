/**
 * The newest entries as they are stored: who follows the log asks for these over and over, and finding
 * them in it means reading many commits for a few lines. Invariant: what is here has been verified, is
 * whole commits without a gap, and ends with the last entry folded.
 */

/** Entries kept at least, once there are so many: more than a page shows. */
const ENTRIES_MIN = 512;

interface Lines {
  readonly first: number;
  readonly lines: readonly Uint8Array[];
}

export class Tail {
  #commits: Lines[] = [];
  #entries = 0;

  /** Sequence of the oldest entry here; Infinity while there is none. */
  get first(): number {
    return this.#commits[0]?.first ?? Infinity;
  }

  /** The next commit. */
  push({ first, lines }: Lines): void {
    this.#commits.push({ first, lines });
    this.#entries += lines.length;
    for (;;) {
      const oldest = this.#commits[0]?.lines.length ?? 0;
      if (this.#entries - oldest < ENTRIES_MIN) return;
      this.#commits.shift();
      this.#entries -= oldest;
    }
  }

  /** @param from not before `first`. @param end exclusive */
  between(from: number, end: number): readonly Uint8Array[] {
    return this.#commits.flatMap(({ first, lines }) =>
      lines.slice(Math.max(from - first, 0), Math.max(end - first, 0)),
    );
  }
}
