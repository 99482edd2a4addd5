/** What is not as a story says is found, whatever it is. */
import { expect, it } from 'vitest';
import type { LedgerId } from '../events/ids.ts';
import { check } from './expectations.ts';
import type { Findings } from './findings.ts';
import { findingsOf } from './findings.ts';
import { storyCalled } from './library.ts';
import { playOnVirtualTime } from './places.ts';
import type { Expected } from './story.ts';

const found: Findings = {
  completed: true,
  promoted: 2,
  held: 1,
  clusters: [],
  slotsOfOwner: 1,
  rejected: { mallory: ['a', 'b'] },
  undecided: 0,
  quarantined: ['mallory'],
  penalised: [],
  paid: ['alice'],
  unpaid: ['mallory'],
  overruled: [],
  returned: [],
  refusals: { stale_revision: 3 },
  improves: true,
  fork: false,
  audit: 'ok',
  laws: 'hold',
  model: 'sha256:0',
  losses: [2, 1],
  entries: 10,
  tookMs: 1,
};

const met = (expected: Expected): boolean[] => check(expected, found).map(({ ok }) => ok);

it('what is so is met', () => {
  expect(
    met({
      completed: true,
      promoted: 2,
      held: '>=1',
      rejected: { mallory: ['b', 'a'] },
      quarantined: ['mallory'],
      refusals: { stale_revision: '>=3', bad_signature: 0 },
      improves: true,
      audit: 'ok',
    }),
  ).toEqual(Array.from({ length: 9 }, () => true));
});

it.each<[string, Expected]>([
  ['a number', { promoted: 3 }],
  ['a least number', { promoted: '>=3' }],
  ['a name too many', { paid: ['alice', 'bob'] }],
  ['a name missing', { unpaid: [] }],
  ['another reason', { rejected: { mallory: ['a'] } }],
  ['somebody else', { rejected: { alice: ['a', 'b'] } }],
  ['a refusal that nobody got', { refusals: { bad_signature: '>=1' } }],
  ['what does not hold', { laws: 'broken' }],
  ['a claim about the end', { fork: true }],
])('%s is not met', (_what, expected) => {
  expect(met(expected)).toEqual([false]);
});

it('a recording that was tampered with is found out, whatever the story says', async () => {
  const story = { ...storyCalled('altered-delta'), windows: 1 };
  const played = await playOnVirtualTime(story, 'story' as LedgerId);
  const honest = await findingsOf(story, played);
  expect(honest).toMatchObject({ audit: 'ok', laws: 'hold', fork: false });
  const { recording } = played;
  const lied = Buffer.from(recording.books.replace('"rejected"', '"accepted"')).toString();
  const report = await findingsOf(story, { ...played, recording: { ...recording, books: lied } });
  expect(report.audit).toMatch(/^books: /);
  const spared = {
    ...story,
    parties: story.parties.map((one) => ({ ...one, conduct: 'honest' as const })),
  };
  expect((await findingsOf(spared, played)).laws).toMatch(/^honest-unpunished: /);
});
