/**
 * Stories as files: JSON, strictly read. Invariant: a member that is not known, or is not of its form,
 * is named with its path; nothing is passed over.
 */
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { seedDisputePolicy, seedPolicy } from '../commands/seed-policy.ts';
import type { Policy } from '../projections/books.ts';
import { CONDUCTS } from '../simulation/conduct/table.ts';
import { FAULT_KINDS } from '../simulation/faults.ts';
import type { MaterialName } from '../simulation/material.ts';
import { MATERIALS } from '../simulation/material.ts';
import { policyProblem, ScenarioError } from '../simulation/scenario-file.ts';
import type { Expected, Story, StoryParty, StoryTrouble } from './story.ts';

type Json = Readonly<Record<string, unknown>>;
type Form = (value: unknown, path: string) => void;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const CODE = /^[a-z][a-z0-9_]{0,63}$/;
const OPERATOR = 'operator';
/** What happens to processes and messages; the store's own bytes are beyond reach in some places. */
const TROUBLES = new Set<string>(
  Object.entries(FAULT_KINDS)
    .filter(([, { target }]) => target === 'process' || target === 'node')
    .map(([kind]) => kind),
);

function wrong(path: string, expected: string): never {
  throw new ScenarioError(`${path}: ${expected}`);
}

const must =
  (holds: (value: unknown) => boolean, expected: string): Form =>
  (value, path) => {
    if (!holds(value)) wrong(path, `expected ${expected}`);
  };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const flag = must((value) => typeof value === 'boolean', 'true or false');
const text = must((value) => typeof value === 'string' && value.length > 0, 'text');
const whole = (least: number, most: number): Form =>
  must(
    (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
    `a whole number of ${least} to ${most}`,
  );
const count = must(
  (value) =>
    (Number.isSafeInteger(value) && (value as number) >= 0) ||
    (typeof value === 'string' && /^>=\d{1,6}$/.test(value)),
  'a count, as 3 or ">=3"',
);
const matching = (pattern: RegExp): Form =>
  must((value) => typeof value === 'string' && pattern.test(value), `text like ${pattern.source}`);
const oneOf = (...known: readonly string[]): Form =>
  must((value) => known.includes(value as string), `one of ${known.join(', ')}`);

const listOf =
  (form: Form, least = 0): Form =>
  (value, path) => {
    if (!Array.isArray(value) || value.length < least)
      wrong(path, `expected a list of ${least} or more`);
    value.forEach((item, at) => form(item, `${path}[${at}]`));
  };

const recordOf =
  (key: Form, form: Form): Form =>
  (value, path) => {
    if (!isObject(value)) wrong(path, 'expected an object');
    for (const [name, item] of Object.entries(value)) {
      key(name, path);
      form(item, `${path}.${name}`);
    }
  };

/** An object with these members and, of the optional ones, any. */
const object =
  (members: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form =>
  (value, path) => {
    if (!isObject(value)) wrong(path, 'expected an object');
    for (const [name, item] of Object.entries(value)) {
      const form = members[name] ?? optional[name];
      if (form === undefined) wrong(path, `unknown member "${name}"`);
      form(item, path === '' ? name : `${path}.${name}`);
    }
    const missing = Object.keys(members).find((name) => !(name in value));
    if (missing !== undefined) wrong(path, `"${missing}" is missing`);
  };

const name = matching(NAME);
const names = listOf(name);
const anything: Form = () => {};

const expected: Readonly<Record<keyof Expected, Form>> = {
  completed: flag,
  promoted: count,
  held: count,
  rejected: recordOf(name, listOf(matching(CODE), 1)),
  undecided: count,
  quarantined: names,
  penalised: names,
  paid: names,
  unpaid: names,
  overruled: names,
  returned: names,
  clusters: listOf(listOf(name, 2)),
  slotsOfOwner: count,
  refusals: recordOf(matching(CODE), count),
  improves: flag,
  fork: flag,
  audit: text,
  laws: text,
};

const file = object(
  {
    title: text,
    story: text,
    seed: text,
    windows: whole(1, 100),
    slots: whole(1, 100),
    parties: listOf(
      object(
        { name, role: oneOf('worker', 'validator', 'authority') },
        { conduct: oneOf('honest', ...Object.keys(CONDUCTS)), owner: name },
      ),
      1,
    ),
    expect: object({}, expected),
  },
  {
    policy: recordOf(text, anything),
    material: oneOf(...Object.keys(MATERIALS)),
    trouble: listOf(
      object(
        {
          kind: oneOf(...TROUBLES),
          targets: listOf(name, 1),
          fromMs: whole(0, 3_600_000),
          untilMs: whole(0, 3_600_000),
        },
        { amount: whole(0, 1_000_000) },
      ),
    ),
  },
);

/** What a story may leave out. */
interface Written extends Omit<Story, 'parties' | 'policy' | 'trouble' | 'material'> {
  readonly material?: MaterialName;
  readonly parties: readonly (Omit<StoryParty, 'conduct'> & Partial<StoryParty>)[];
  readonly policy?: Readonly<Record<string, unknown>>;
  readonly trouble?: readonly (Omit<StoryTrouble, 'amount'> & Partial<StoryTrouble>)[];
}

/** @throws ScenarioError that says where it is wrong */
export function readStory(text_: string): Story {
  let value: unknown;
  try {
    value = JSON.parse(text_);
  } catch (error) {
    throw new ScenarioError(`not JSON: ${String(error)}`);
  }
  file(value, '');
  const written = value as Written;
  const story: Story = {
    material: 'toy',
    ...written,
    parties: written.parties.map((party) => ({ conduct: 'honest', ...party })),
    policy: policyOver(written.policy ?? {}),
    trouble: (written.trouble ?? []).map((trouble) => ({ amount: 0, ...trouble })),
  };
  checkParties(story);
  return story;
}

/** Sections of the default policy, of disputes and of an open network, with what a story changes. */
function policyOver(changes: Readonly<Record<string, unknown>>): Policy {
  const offered: Json = { ...seedPolicy, ...seedNetworkPolicy, dispute: seedDisputePolicy };
  const policy: Record<string, unknown> = { ...seedPolicy };
  for (const [section, change] of Object.entries(changes)) {
    const terms = offered[section];
    if (terms === undefined) wrong('policy', `there is no section "${section}"`);
    policy[section] = isObject(terms) && isObject(change) ? { ...terms, ...change } : change;
  }
  const problem = policyProblem(policy as unknown as Policy);
  if (problem !== null) wrong('policy', problem);
  return policy as unknown as Policy;
}

function checkParties({ parties, trouble, expect }: Story): void {
  const known = new Set(parties.map((party) => party.name));
  if (known.size < parties.length) wrong('parties', 'two parties have one name');
  for (const { name: called, role, conduct } of parties) {
    if (called === OPERATOR) wrong('parties', 'the operator is always there and honest');
    if (conduct !== 'honest' && CONDUCTS[conduct].role !== role)
      wrong('parties', `${called}: no ${role} has the conduct "${conduct}"`);
  }
  const authorities = parties.filter(({ role }) => role === 'authority');
  if (authorities.length === 0) wrong('parties', 'somebody must be the authority');
  if (new Set(authorities.map(({ conduct }) => conduct)).size > 1)
    wrong('parties', 'authorities share one key and one conduct');
  const { rejected = {}, quarantined = [], penalised = [], paid = [], unpaid = [] } = expect;
  const { overruled = [], returned = [] } = expect;
  const named = [Object.keys(rejected), quarantined, penalised, paid, unpaid, overruled, returned];
  for (const one of [...named.flat(), ...trouble.flatMap(({ targets }) => targets)])
    if (!known.has(one)) wrong('expect', `nobody is called "${one}"`);
}
