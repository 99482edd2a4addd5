/**
 * The numbers that fix a decoder-only transformer: pre-norm RMSNorm, RoPE, SwiGLU, no biases,
 * untied output head (CS336 assignment 1). Plain JSON, carried by events; checked before use.
 */
import { TrainingInputError } from '../training-input-error.ts';

export interface ModelConfig {
  /** Token ids are below this; at most 65536, since pages store u16. */
  readonly vocabSize: number;
  /** Positions of a page, T. */
  readonly contextLength: number;
  readonly dModel: number;
  readonly layers: number;
  /** Divides dModel into an even head width. */
  readonly heads: number;
  /** Hidden width of the feed-forward block. */
  readonly dFf: number;
  readonly ropeTheta: number;
  readonly normEps: number;
}

/** Throws TrainingInputError `spec_invalid` naming the first bad field. */
export function checkModelConfig(config: ModelConfig): void {
  checkWhole('vocabSize', config.vocabSize, 1, 65536);
  checkWhole('contextLength', config.contextLength, 1, 65536);
  checkWhole('dModel', config.dModel, 2, 65536);
  checkWhole('layers', config.layers, 1, 1024);
  checkWhole('heads', config.heads, 1, 1024);
  checkWhole('dFf', config.dFf, 1, 262144);
  checkReal('ropeTheta', config.ropeTheta, 1, 1e12);
  checkReal('normEps', config.normEps, 1e-30, 1);
  if (config.dModel % (2 * config.heads) !== 0) {
    throw new TrainingInputError(
      'spec_invalid',
      `dModel ${config.dModel} is not a multiple of twice the ${config.heads} heads`,
    );
  }
}

export function checkWhole(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value)) {
    throw new TrainingInputError('spec_invalid', `${field} must be a whole number, not ${value}`);
  }
  checkReal(field, value, min, max);
}

export function checkReal(field: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max)) {
    throw new TrainingInputError('spec_invalid', `${field} is ${value}, outside ${min}..${max}`);
  }
}
