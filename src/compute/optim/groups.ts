/**
 * Parameter groups: rules over names give parameters a learning rate, a weight decay or none at all
 * of their own. The first rule that matches a name has it; what no rule matches is in the last group,
 * `rest`. So every parameter is in exactly one group. Patterns are compared character by character.
 */
import { fieldsOf, settingsInvalid } from '../json-fields.ts';

export interface ParameterGroup {
  /** For people and telemetry. */
  readonly label: string;
  /** The schedule's rate is multiplied by it. */
  readonly learningRateScale: number;
  /** null: the optimizer's. */
  readonly weightDecay: number | null;
  /** Neither updated nor part of norms, without state. */
  readonly frozen: boolean;
}

export interface GroupRule extends ParameterGroup {
  readonly match: 'exact' | 'prefix' | 'suffix';
  readonly pattern: string;
}

export interface ParameterGroups {
  /** One a rule, in order, then `rest`. */
  readonly groups: readonly ParameterGroup[];
  /** Index of its group by parameter. */
  readonly groupOf: ReadonlyMap<string, number>;
}

const RULES_MAX = 256;
const TEXT_MAX = 256;
const REST: ParameterGroup = {
  label: 'rest',
  learningRateScale: 1,
  weightDecay: null,
  frozen: false,
};
const MEMBERS = ['label', 'match', 'pattern', 'learningRateScale', 'weightDecay', 'frozen'];

/** Throws TrainingInputError `spec_invalid` for anything but a list of rules with labels of their own. */
export function parseGroupRules(value: unknown): GroupRule[] {
  if (!Array.isArray(value) || value.length > RULES_MAX) {
    throw settingsInvalid('groups', `it is not a list of at most ${RULES_MAX} rules`);
  }
  const rules = value.map((rule: unknown) => parseRule(rule));
  if (new Set([REST.label, ...rules.map(({ label }) => label)]).size !== rules.length + 1) {
    throw settingsInvalid('groups', `a label is doubled, or is ${REST.label}`);
  }
  return rules;
}

function parseRule(value: unknown): GroupRule {
  const fields = fieldsOf(value, 'group', MEMBERS);
  return {
    label: fields.text('label', TEXT_MAX),
    match: fields.choice('match', ['exact', 'prefix', 'suffix']),
    pattern: fields.text('pattern', TEXT_MAX),
    learningRateScale: fields.real('learningRateScale', 0, 1e3),
    weightDecay: fields.any('weightDecay') === null ? null : fields.real('weightDecay', 0, 1e3),
    frozen: fields.flag('frozen'),
  };
}

/**
 * Throws TrainingInputError `spec_invalid` where a rule gets no parameter: it matches none, or those
 * before it took all it matches.
 */
export function groupParameters(
  rules: readonly GroupRule[],
  names: Iterable<string>,
): ParameterGroups {
  const groupOf = new Map<string, number>();
  for (const name of names) {
    const first = rules.findIndex((rule) => matches(rule, name));
    groupOf.set(name, first === -1 ? rules.length : first);
  }
  const used = new Set(groupOf.values());
  const idle = rules.find((_, index) => !used.has(index));
  if (idle !== undefined) {
    throw settingsInvalid('groups', `${JSON.stringify(idle.label)} gets no parameter`);
  }
  return { groups: [...rules, REST], groupOf };
}

function matches({ match, pattern }: GroupRule, name: string): boolean {
  switch (match) {
    case 'exact':
      return name === pattern;
    case 'prefix':
      return name.startsWith(pattern);
    case 'suffix':
      return name.endsWith(pattern);
  }
}
