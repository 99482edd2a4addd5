/** What `daybook scenario` prints for programs: stories, and where they were played, how they went. */
import type { Checked } from '../../scenarios/expectations.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  anyObject,
  anything,
  boolean,
  many,
  members,
  orNull,
  string,
} from '../../explorer/api/shape.ts';
import { column, listOutput } from '../terminal/declared-output.ts';

export interface StoryOutcome {
  readonly name: string;
  readonly title: string;
  /** Where it was played; null with what follows: it was listed only. */
  readonly on: string | null;
  readonly ok: boolean | null;
  readonly checks: readonly Checked[];
  readonly findings: object | null;
}

const outcomeShape: Shape<StoryOutcome> = members({
  name: string,
  title: string,
  on: orNull(string),
  ok: orNull(boolean),
  checks: many(
    members({ name: string, expected: anything, found: anything, ok: boolean }) as Shape<Checked>,
  ),
  findings: orNull(anyObject),
});

export const toldOutput = listOutput<StoryOutcome>(
  'Stories, each with what was expected of it and what was found.',
  outcomeShape,
  [
    column('name', ({ name }) => name),
    column('story', ({ title }) => title),
    column('on', ({ on }) => on),
    column('as told', ({ ok }) => ok),
    column('expectations', ({ checks }) => checks.length),
    column('met', ({ checks }) => checks.filter(({ ok }) => ok).length),
  ],
);
