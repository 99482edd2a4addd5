// @ts-check
/**
 * What the page asks the server for: answers by path, asked again whenever the ledger has grown since
 * and somebody still looks at them. The last answer is shown until the next one is there; at most one
 * request a path is on its way.
 */

/** @typedef {{ value: any, problem: string | null, size: number, asking: boolean }} Kept */

/** Answers that are kept, the ones looked at last. */
const KEPT_MAX = 80;
export const BLOCK_ROWS = 100;
/** For now: whoever still looks at it asks again after a while. */
const UNAVAILABLE = 503;
const later = () => new Promise((resolve) => void setTimeout(resolve, 1000));

export class Views {
  /** @type {Map<string, Kept>} */
  #kept = new Map();
  #size;
  #changed;

  /**
   * @param {() => number} size entries of the ledger, as far as the page knows
   * @param {() => void} changed called when an answer came
   */
  constructor(size, changed) {
    this.#size = size;
    this.#changed = changed;
  }

  /** To draw again when something else that a view waits for has come. */
  get changed() {
    return this.#changed;
  }

  /**
   * The answer, or the one before it; null while there is none.
   * @param {string} path
   */
  get(path) {
    return this.#look(path).value;
  }

  /** Why there is no answer, for people. @param {string} path @returns {string | null} */
  problem(path) {
    return this.#look(path).problem;
  }

  /** Whether the ledger has nothing of that name, as far as it has been asked. @param {string} path */
  absent(path) {
    const { value, problem, size } = this.#look(path);
    return value === null && problem === null && size >= 0;
  }

  /** Nothing that was answered holds any more. */
  forget() {
    this.#kept.clear();
  }

  /**
   * A long list in blocks; only those are asked for whose rows are looked at.
   * @param {(from: number, limit: number) => string} pathOfBlock
   */
  list(pathOfBlock) {
    /** @param {number} block */
    const page = (block) => this.get(pathOfBlock(block * BLOCK_ROWS, BLOCK_ROWS));
    const first = page(0);
    return {
      /** Null before the first answer. @type {number | null} */
      total: first?.total ?? null,
      first,
      problem: this.problem(pathOfBlock(0, BLOCK_ROWS)),
      /** Undefined while it is on its way. @param {number} index */
      row: (index) => page(Math.floor(index / BLOCK_ROWS))?.rows[index % BLOCK_ROWS],
    };
  }

  /**
   * What stands under one path is, for now, also the answer to another.
   * @param {string} from @param {string} to
   */
  lend(from, to) {
    const known = this.#kept.get(from);
    if (known !== undefined && known.value !== null && !this.#kept.has(to))
      this.#kept.set(to, { ...known, asking: false });
  }

  /** @param {string} path */
  #look(path) {
    const kept = this.#kept.get(path) ?? { value: null, problem: null, size: -1, asking: false };
    this.#kept.delete(path);
    this.#kept.set(path, kept);
    if (!kept.asking && kept.size !== this.#size()) void this.#ask(path, kept);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= KEPT_MAX) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  /** @param {string} path @param {Kept} kept */
  async #ask(path, kept) {
    kept.asking = true;
    const size = this.#size();
    try {
      const answer = await fetch(path);
      if (answer.status === UNAVAILABLE) return await later();
      const said = await answer.json();
      kept.problem = answer.ok ? null : (said.error?.message ?? 'The explorer could not answer.');
      if (answer.ok) kept.value = said;
      else if (answer.status === 404) kept.value = null;
      // A search of a log that is not all indexed is asked again; the server makes it wait.
      kept.size = answer.ok ? Math.min(size, said?.indexed ?? size) : size;
    } catch {
      // The badge already says that the explorer is away.
      await later();
    } finally {
      kept.asking = false;
      this.#changed();
    }
  }
}
