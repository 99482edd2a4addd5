/**
 * Which linear maps of a model get a low-rank adapter, and of what rank: plain JSON.
 *
 * A target names modules from the end, as PEFT's `target_modules` do, segment by segment, `*` standing
 * for any one segment: "lm_head", "q_proj", "attn.*", "layers.0.ffn.w1".
 */
import { checkReal, checkWhole } from '../model/config.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameterShapes } from '../model/parameters.ts';
import { TrainingInputError } from '../training-input-error.ts';

export interface LoraSpec {
  readonly rank: number;
  /** The correction is scaled by alpha / rank. */
  readonly alpha: number;
  readonly targets: readonly string[];
}

/** The output head alone: cheapest, and the first to try. */
export const HEAD_ONLY: readonly string[] = ['lm_head'];

export const RANK_MAX = 4096;
const ALPHA_MAX = 65536;
const TARGETS_MAX = 256;
const EMBEDDINGS = 'token_embeddings.weight';

/** A linear map of the model: y = x W^T, W (outputs, inputs). */
export interface LoraTarget {
  /** Name of W among the parameters. */
  readonly weight: string;
  /** Place of W among the parameters. */
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Throws TrainingInputError `spec_invalid` for anything but a LoraSpec. */
export function parseLoraSpec(value: unknown): LoraSpec {
  if (typeof value !== 'object' || value === null) throw invalid('it is not an object');
  const { rank, alpha, targets, ...rest } = value as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`unknown member ${JSON.stringify(unknown)}`);
  if (typeof rank !== 'number' || typeof alpha !== 'number') {
    throw invalid('rank and alpha are numbers');
  }
  checkWhole('rank', rank, 1, RANK_MAX);
  checkReal('alpha', alpha, 2 ** -20, ALPHA_MAX);
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > TARGETS_MAX) {
    throw invalid(`targets is a list of 1 to ${TARGETS_MAX} names`);
  }
  const texts = targets.map((target: unknown) => {
    if (typeof target === 'string' && /^(?:\*|\w+)(?:\.(?:\*|\w+))*$/.test(target)) return target;
    throw invalid('a target is segments of letters, digits and _, or *, with dots between');
  });
  if (new Set(texts).size !== texts.length) throw invalid('a target is doubled');
  return { rank, alpha, targets: texts };
}

/** In the model's order. Throws TrainingInputError `spec_invalid` where a target names no linear map. */
export function loraTargets(model: ModelConfig, { targets }: LoraSpec): LoraTarget[] {
  const maps = [...parameterShapes(model)].flatMap(([weight, shape], index): LoraTarget[] => {
    const [outputs, inputs] = shape;
    if (inputs === undefined || outputs === undefined || weight === EMBEDDINGS) return [];
    return [{ weight, index, inputs, outputs }];
  });
  const idle = targets.find((target) => !maps.some(({ weight }) => names(target, weight)));
  if (idle !== undefined) throw invalid(`no linear map is named ${JSON.stringify(idle)}`);
  return maps.filter(({ weight }) => targets.some((target) => names(target, weight)));
}

/** Module of a weight: its name without the last segment. */
export const moduleOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('.'));

function names(target: string, weight: string): boolean {
  const wanted = target.split('.').toReversed();
  const segments = moduleOf(weight).split('.').toReversed();
  return wanted.every((segment, at) =>
    segment === '*' ? at < segments.length : segment === segments[at],
  );
}

function invalid(what: string): TrainingInputError {
  return new TrainingInputError('spec_invalid', `LoRA specification: ${what}`);
}
