/** Readiness: what participants at each stage are said to lack. */
import { isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { Cast } from '../../testing/cast.ts';
import { meshStory } from '../../testing/stories/mesh.ts';
import type { Readiness } from './readiness.ts';
import { readinessOf } from './readiness.ts';

function told(books: Cast['desk']['books'], asked: readonly string[] = []): Readiness[] {
  const answer = readinessOf(books, asked);
  if (!isRight(answer)) throw new Error(answer.left);
  return answer.right;
}

describe('readiness', () => {
  it('of a canary that has shown nothing says what is missing', () => {
    const { books } = Cast.network({}).desk;
    const [one] = told(books, ['worker-0']);
    expect(one).toMatchObject({ stage: 'canary', ready: false, canaryWindowsLeft: 20 });
    expect(one?.gates).toEqual([
      { gate: 'counted', needs: 2, has: 0, holds: false },
      { gate: 'standing', needs: 1, has: 1, holds: true },
      { gate: 'lease', needs: 1, has: 1, holds: true },
    ]);
  });

  it('of everybody finds who is full, who is in quarantine and who has left', () => {
    const all = told(meshStory().books);
    expect(all.filter(({ ready }) => ready).every(({ gates }) => gates.length === 0)).toBe(true);
    expect(all.filter(({ ready }) => ready).length).toBeGreaterThan(2);
    const lacking = all.flatMap(({ gates }) => gates.filter((gate) => !gate.holds));
    expect(new Set(lacking.map(({ gate }) => gate))).toEqual(
      new Set(['counted', 'standing', 'lease']),
    );
  });

  it('has no answer about strangers, nor where there are no stages', () => {
    expect(readinessOf(Cast.network({}).desk.books, ['nobody'])._tag).toBe('Left');
    expect(readinessOf(Cast.started().desk.books, [])._tag).toBe('Left');
  });
});
