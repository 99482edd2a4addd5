/** Why a node takes no work, as `/readyz` says it. */
import { expect, it } from 'vitest';
import { must } from '../../projections/books.ts';
import { Cast } from '../../testing/cast.ts';
import { drainingOf } from './role-watch.ts';

it('drains from when it is told to, and when somebody else with its key asked for it', () => {
  const cast = Cast.network({ workers: 3 });
  const key = must(cast.workers[0], 'worker');
  const told = new AbortController();
  const watched = { key: key.actor, drain: told.signal };
  expect(drainingOf(cast.desk.books, watched)).toBeNull();
  told.abort();
  expect(drainingOf(cast.desk.books, watched)).toContain('draining: told to');

  const about = { participant: key.actor, session: 1 };
  cast.desk.must(key, 'daybook.participant.draining.v1', about);
  expect(cast.desk.books.members[key.actor]?.status).toBe('draining');
  expect(drainingOf(cast.desk.books, { key: key.actor })).toContain('draining: finishes');
  expect(drainingOf(cast.desk.books, watched)).toContain('draining: finishes');
});
