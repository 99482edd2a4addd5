/**
 * All that turns gradients into an update: plain JSON with a checked parser, the form in which a
 * training specification can carry it.
 */
import { fieldsOf } from '../json-fields.ts';
import { parseLossScalingSettings } from '../precision/loss-scaling.ts';
import type { LossScalingSettings } from '../precision/loss-scaling.ts';
import { parsePrecisionPolicy } from '../precision/policy.ts';
import type { PrecisionPolicy } from '../precision/policy.ts';
import { parseClipSettings } from './clip-settings.ts';
import type { ClipSettings } from './clip-settings.ts';
import { parseGroupRules } from './groups.ts';
import type { GroupRule } from './groups.ts';
import { parseOptimizerSettings } from './optimizer-settings.ts';
import type { OptimizerSettings } from './optimizer-settings.ts';
import { parseScheduleSettings } from './schedules/schedule-settings.ts';
import type { ScheduleSettings } from './schedules/schedule-settings.ts';

export interface UpdateSettings {
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  readonly clip: ClipSettings;
  readonly groups: readonly GroupRule[];
  readonly precision: PrecisionPolicy;
  /** null: losses are not scaled. */
  readonly lossScaling: LossScalingSettings | null;
}

/** Throws TrainingInputError `spec_invalid` for anything but UpdateSettings. */
export function parseUpdateSettings(value: unknown): UpdateSettings {
  const members = ['optimizer', 'schedule', 'clip', 'groups', 'precision', 'lossScaling'];
  const fields = fieldsOf(value, 'update', members);
  const lossScaling = fields.any('lossScaling');
  return {
    optimizer: parseOptimizerSettings(fields.any('optimizer')),
    schedule: parseScheduleSettings(fields.any('schedule')),
    clip: parseClipSettings(fields.any('clip')),
    groups: parseGroupRules(fields.any('groups')),
    precision: parsePrecisionPolicy(fields.any('precision')),
    lossScaling: lossScaling === null ? null : parseLossScalingSettings(lossScaling),
  };
}
