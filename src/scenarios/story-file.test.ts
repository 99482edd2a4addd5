/** Stories are read strictly, and what is wrong with one is said with its place. */
import { describe, expect, it } from 'vitest';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import { ScenarioError } from '../simulation/scenario-file.ts';
import { storyCalled, storyNames } from './library.ts';
import { readStory } from './story-file.ts';

const told = {
  title: 'A story',
  story: 'Somebody cheats.',
  seed: 's',
  windows: 2,
  slots: 2,
  parties: [
    { name: 'arthur', role: 'authority' },
    { name: 'mallory', role: 'worker', conduct: 'copied-delta' },
    { name: 'vera', role: 'validator' },
  ],
  expect: { rejected: { mallory: ['digest_mismatch'] }, promoted: '>=1' },
};

const read = (change: object) => readStory(JSON.stringify({ ...told, ...change }));
const party = (change: object) => ({ parties: [...told.parties, { name: 'x', ...change }] });

it.each(storyNames())('%s is a story', (name) => {
  const { story, expect: expected } = storyCalled(name);
  expect(story.split('. ').length).toBeGreaterThan(1);
  expect(expected).toMatchObject({ audit: 'ok', laws: 'hold', completed: true });
});

it('takes the default policy, and of it changes what the story changes', () => {
  const { policy } = read({ policy: { fraud: { quarantineWindows: 2 } } });
  expect(policy).toEqual({
    ...seedPolicy,
    fraud: { ...seedPolicy.fraud, quarantineWindows: 2 },
  });
});

it('adopts a section of an open network by naming it', () => {
  const { policy } = read({ policy: { vesting: { periods: 2 }, mesh: {} } });
  expect(policy.vesting).toEqual({ ...seedNetworkPolicy.vesting, periods: 2 });
  expect(policy.mesh).toEqual(seedNetworkPolicy.mesh);
  expect(policy.registry).toBeUndefined();
});

describe('says what is wrong', () => {
  it.each([
    [{ windows: 0 }, 'windows: expected a whole number of 1 to 100'],
    [{ windos: 1 }, 'unknown member "windos"'],
    [{ title: undefined }, '"title" is missing'],
    [{ parties: [] }, 'parties: expected a list of 1 or more'],
    [party({ role: 'king' }), 'parties[3].role: expected one of worker, validator, authority'],
    [party({ role: 'worker', conduct: 'colludes' }), 'no worker has the conduct "colludes"'],
    [party({ role: 'worker', name: 'vera' }), 'two parties have one name'],
    [party({ role: 'worker', name: 'operator' }), 'the operator is always there'],
    [{ parties: told.parties.slice(1) }, 'somebody must be the authority'],
    [{ expect: { rejcted: {} } }, 'expect: unknown member "rejcted"'],
    [{ expect: { promoted: '>1' } }, 'expect.promoted: expected a count'],
    [{ expect: { paid: ['nobody'] } }, 'nobody is called "nobody"'],
    [{ policy: { liveliness: {} } }, 'policy: there is no section "liveliness"'],
    [{ policy: { validation: { quorum: 0 } } }, 'policy: validation.quorum: expected'],
    [{ policy: { validation: { quorun: 2 } } }, 'policy: validation: unknown member "quorun"'],
    [{ policy: { vesting: { periods: 'two' } } }, 'policy: vesting.periods: expected'],
    [
      { trouble: [{ kind: 'log-outage', targets: ['vera'], fromMs: 0, untilMs: 1 }] },
      'trouble[0].kind: expected one of',
    ],
  ])('%j', (change, problem) => {
    expect(() => read(change)).toThrow(ScenarioError);
    expect(() => read(change)).toThrow(problem);
  });

  it('of text that is no JSON', () => {
    expect(() => readStory('{')).toThrow(/^not JSON/);
  });
});
