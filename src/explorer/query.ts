/** Query parameters, bounded: what is not asked for properly is refused, never guessed. */
import { HttpError } from './reply.ts';

export class Query {
  readonly #params: URLSearchParams;

  /** @throws HttpError for a name that is not among `known`, or one given twice */
  constructor(params: URLSearchParams, known: readonly string[]) {
    for (const name of params.keys()) {
      if (!known.includes(name))
        throw new HttpError(
          400,
          'unknown_parameter',
          known.length === 0
            ? 'no parameter is known here'
            : `known parameters are ${known.join(', ')}`,
        );
      if (params.getAll(name).length > 1)
        throw new HttpError(400, 'bad_parameter', `${name} is given twice`);
    }
    this.#params = params;
  }

  integer(name: string, { min, max, otherwise }: { min: number; max: number; otherwise: number }) {
    const text = this.#params.get(name);
    if (text === null) return otherwise;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new HttpError(400, 'bad_parameter', `${name} is a whole number from ${min} to ${max}`);
  }

  /** The entry that an answer is as of; null: the newest. */
  at(): number | null {
    const max = Number.MAX_SAFE_INTEGER - 1;
    const at = this.integer('at', { min: 0, max, otherwise: -1 });
    return at < 0 ? null : at;
  }

  text(name: string, pattern: RegExp): string | null {
    const text = this.#params.get(name);
    if (text === null || pattern.test(text)) return text;
    throw new HttpError(400, 'bad_parameter', `${name} does not match ${pattern.source}`);
  }
}
