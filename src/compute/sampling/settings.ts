/** How the next token is chosen: plain JSON, checked before use. */
export interface SamplingSettings {
  /** Divides the logits; 0 takes the likeliest token, ties to the lowest id. */
  readonly temperature: number;
  /** Mass of the nucleus; 1 keeps every token. */
  readonly topP: number;
  /** Most tokens generated. */
  readonly tokensMax: number;
}

export const GREEDY = { temperature: 0, topP: 1 } as const;

const TEMPERATURE_MAX = 100;
const TOKENS_MAX = 1_000_000;

export type SamplingErrorCode =
  | 'settings_invalid' // not the members of SamplingSettings, all numbers
  | 'temperature_out_of_range' // outside 0..100
  | 'top_p_out_of_range' // outside (0, 1]
  | 'tokens_max_out_of_range' // outside 1..1000000, or not whole
  | 'seed_invalid' // not 32 bytes
  | 'prompt_empty' // no token to continue from
  | 'token_out_of_range' // a prompt's token that the model does not have
  | 'vocabulary_mismatch' // a tokenizer with more tokens than the model
  | 'logits_not_finite'; // the model's arithmetic left the numbers

export class SamplingError extends Error {
  override readonly name = 'SamplingError';
  readonly code: SamplingErrorCode;

  constructor(code: SamplingErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws SamplingError for anything but SamplingSettings in range. */
export function parseSamplingSettings(value: unknown): SamplingSettings {
  if (typeof value !== 'object' || value === null) throw invalid('they are not an object');
  const { temperature, topP, tokensMax, ...rest } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`unknown member ${JSON.stringify(unknown)}`);
  if (
    typeof temperature !== 'number' ||
    typeof topP !== 'number' ||
    typeof tokensMax !== 'number'
  ) {
    throw invalid('temperature, topP and tokensMax are numbers');
  }
  if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
    throw outOfRange('temperature', temperature, `0..${TEMPERATURE_MAX}`);
  }
  if (!(topP > 0 && topP <= 1)) throw outOfRange('top_p', topP, 'above 0, at most 1');
  if (!(Number.isInteger(tokensMax) && tokensMax >= 1 && tokensMax <= TOKENS_MAX)) {
    throw outOfRange('tokens_max', tokensMax, `whole, 1..${TOKENS_MAX}`);
  }
  return { temperature, topP, tokensMax };
}

function invalid(what: string): SamplingError {
  return new SamplingError('settings_invalid', `sampling settings: ${what}`);
}

function outOfRange(
  field: 'temperature' | 'top_p' | 'tokens_max',
  value: number,
  wanted: string,
): SamplingError {
  return new SamplingError(`${field}_out_of_range`, `${field} is ${value}, wanted: ${wanted}`);
}
