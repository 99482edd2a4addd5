/**
 * Each conduct and each fault by itself, and what must not pass: a network in which the laws are
 * breached is found out, shrinks, and fails again in the same way. Then whole networks: fixed seeds,
 * and fresh ones whose numbers are printed.
 */
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { conductNames, CONDUCTS } from './conduct/table.ts';
import { faultKinds, FAULT_KINDS } from './faults.ts';
import { readScenario, writeScenario } from './scenario-file.ts';
import type { Scenario } from './scenario.ts';
import { drawScenario, FULL_TROUBLE, NO_TROUBLE } from './scenario.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

const SMALL = { nodes: 6, windows: 2, authorities: 1 };

const calm = (seed: string): Scenario => {
  const scenario = drawScenario(seed, SMALL, NO_TROUBLE);
  const validation = { ...scenario.policy.validation, auditRateBps: 10_000 };
  return { ...scenario, policy: { ...scenario.policy, validation } };
};

/** The first parties of a role behave in this way. */
function behaving(scenario: Scenario, conduct: (typeof conductNames)[number], count = 1): Scenario {
  const { role } = CONDUCTS[conduct];
  const names = scenario.parties.filter((party) => party.role === role).slice(0, count);
  const parties = scenario.parties.map((party) =>
    names.includes(party) ? { ...party, conduct } : party,
  );
  return { ...scenario, parties };
}

it.each(conductNames)('one party that %s does no harm', async (conduct) => {
  const scenario =
    CONDUCTS[conduct].role === 'authority'
      ? { ...calm('conduct'), authorityConduct: conduct }
      : behaving(calm('conduct'), conduct);
  const { breach, completed, refusals } = await simulate(scenario);
  expect({ breach, completed }).toEqual({ breach: null, completed: true });
  // What is meant to be refused for what it says must not be refused for its form.
  if (!['babbles', 'forges'].includes(conduct))
    expect(refusals).not.toHaveProperty('malformed_command');
});

const DRAINS = { kinds: ['drain'], faultsPerWindow: 3, dishonest: false } as const;
const SEEDS = ['1', '2', '3', '4', '5', '6'];

it('a node that is told to drain finishes what it holds: nothing of it is given to others', async () => {
  const types: string[] = [];
  for (const seed of SEEDS) {
    const scenario = drawScenario(seed, { ...SMALL, windows: 4 }, DRAINS);
    const onEvent = ({ type }: { readonly type: string }): number => types.push(type);
    const outcome = await simulate(scenario, { onEvent });
    expect(outcome).toMatchObject({ breach: null, completed: true });
  }
  const count = (fact: string): number => types.filter((type) => type === fact).length;
  expect(count('daybook.participant.drained.v1')).toBeGreaterThan(10);
  expect(count('daybook.participant.left.v1')).toBe(0);
  expect(count('daybook.assignment.superseded.v1')).toBe(0);
});

it('a node that too few would stay without goes on working and asks again', async () => {
  const { policy, ...scenario } = drawScenario('1', { ...SMALL, windows: 4 }, DRAINS);
  const freshMs = 5 * policy.liveness.heartbeatMs;
  const mesh = {
    ...seedNetworkPolicy.mesh,
    freshMs,
    clusterSlots: 8,
    workersMin: 6,
    validatorsMin: 6,
  };
  const drained: string[] = [];
  const outcome = await simulate(
    { ...scenario, policy: { ...policy, mesh } },
    {
      onEvent: ({ type }) => {
        if (type === 'daybook.participant.drained.v1') drained.push(type);
      },
    },
  );
  expect(outcome).toMatchObject({ breach: null, completed: true });
  expect(outcome.refusals['unsafe_shrink']).toBeGreaterThan(1);
  expect(drained).toEqual([]);
});

/** What conducts that can be proved are found in; the laws see to it that the honest are not. */
const PROVABLE: Partial<Record<(typeof conductNames)[number], string>> = {
  'altered-delta': 'offence/work/',
  'copied-delta': 'offence/work/',
  'says-two-things': 'offence/equivocation/',
  'rejects-all': 'offence/verdict/',
};

it.each(conductNames)('one party that %s meets the ladder', async (conduct) => {
  const scenario = behaving(calm('ladder'), conduct);
  const policy = { ...scenario.policy, ladder: seedNetworkPolicy.ladder };
  const outcome = await simulate({ ...scenario, policy }, { lastLines: 100_000 });
  expect(outcome).toMatchObject({ breach: null, completed: true });
  expect(outcome.lastLines.join('\n')).toContain(PROVABLE[conduct] ?? '');
});
it.each(['drifted-state', 'wrong-receipt'] as const)(
  'a worker that shows a false state or receipt, %s, does no harm where claims show them',
  async (conduct) => {
    const scenario = behaving(calm('shown'), conduct);
    const { policy } = scenario;
    const catchUp = { ...seedNetworkPolicy.catchUp, chunkBytes: 1024 };
    const outcome = await simulate({ ...scenario, policy: { ...policy, catchUp } });
    expect(outcome).toMatchObject({ breach: null, completed: true });
  },
);

it.each(faultKinds)('%s happens and is survived', async (kind) => {
  const { target, amount } = FAULT_KINDS[kind];
  const names = { node: 'worker-1', process: 'validator-1', log: '*', store: '*', run: '*' };
  const fault = { kind, target: names[target], fromMs: 3000, untilMs: 12_000, amount: amount[1] };
  const outcome = await simulate({ ...calm(kind), faults: [{ id: 'f', ...fault }] });
  expect(outcome).toMatchObject({ breach: null, completed: true, faults: { [kind]: 1 } });
});

it('a quorum of liars is found out, and the scenario shrinks to what it takes', async () => {
  const lied = behaving(behaving(calm('liars'), 'altered-delta', 3), 'accepts-all', 2);
  const faults = drawScenario('liars', SMALL, FULL_TROUBLE).faults.filter(
    ({ target }) => target !== 'authority-2',
  );
  const failing = { ...lied, faults };
  const outcome = await simulate(failing, { lastLines: 5 });
  expect(outcome.breach?.law).toBe('true-verdicts');
  const small = await shrink(failing, outcome, { playsMax: 100, lastLines: 5 });
  expect(small.scenario.faults).toEqual([]);
  expect(small.scenario.windows).toBe(1);
  const again = await simulate(readScenario(writeScenario(small.scenario)), { lastLines: 5 });
  expect(again).toEqual(small.outcome);
  expect(again.lastLines).toHaveLength(5);
});

it('a network that can never finish is found out', async () => {
  const validators = behaving(calm('stuck'), 'keeps-silent', 3);
  const { window } = validators.policy;
  const never = { ...window, verdictMs: 3_600_000 };
  const outcome = await simulate({
    ...validators,
    policy: { ...validators.policy, window: never },
  });
  expect(outcome.breach?.law).toBe('liveness');
});

const MIDDLE = { nodes: 12, windows: 4, authorities: 2 };
const FRESH = 3;

/**
 * Networks that found a fault once, as they were then:
 * - lost-after-accepted: nobody had recomputed an altered delta; once its bytes were lost, validators
 *   scored what the work should have come to, and honest scores differed;
 * - several-slots-given-on: one that leaves with several slots gave one owner more than it may have.
 */
const FOUND = fileURLToPath(new URL('../../fixtures/schedules/', import.meta.url));
it.each(readdirSync(FOUND))('%s breaches no law any more', async (file) => {
  const outcome = await simulate(readScenario(readFileSync(join(FOUND, file), 'utf8')));
  expect(outcome).toMatchObject({ breach: null, completed: true });
});

it.each(['1', '2', '3', '4', '5', '6'])('seed %s breaches no law', async (seed) => {
  expect(await simulate(drawScenario(seed, MIDDLE, FULL_TROUBLE))).toMatchObject({
    breach: null,
    completed: true,
  });
});

it.each(Array.from({ length: FRESH }, () => String(randomInt(2 ** 31))))(
  'fresh seed %s breaches no law',
  async (seed) => {
    expect(await simulate(drawScenario(seed, MIDDLE, FULL_TROUBLE))).toMatchObject({
      breach: null,
      completed: true,
    });
  },
);
