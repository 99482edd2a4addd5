import { expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';
import { rejection } from '../../testing/contracts/collect.ts';

it('stands still until told, then wakes sleepers in the order of their deadlines', async () => {
  const clock = new VirtualClock(100);
  const woken: [string, number][] = [];
  const sleep = (name: string, ms: number): void => {
    void clock.sleep(ms).then(() => woken.push([name, clock.nowMs()]));
  };
  sleep('late', 30);
  sleep('early', 10);
  sleep('early too', 10);
  expect([clock.nowMs(), clock.nextWakeMs()]).toEqual([100, 110]);
  await clock.advance(9);
  expect(woken).toEqual([]);
  await clock.advance(21);
  expect(woken).toEqual([
    ['early', 110],
    ['early too', 110],
    ['late', 130],
  ]);
  expect([clock.nowMs(), clock.nextWakeMs()]).toEqual([130, null]);
});

it('wakes within one advance what goes to sleep on the way', async () => {
  const clock = new VirtualClock(0);
  const ticks: number[] = [];
  void (async () => {
    for (;;) {
      await clock.sleep(10);
      ticks.push(clock.nowMs());
    }
  })();
  await clock.advance(35);
  expect(ticks).toEqual([10, 20, 30]);
});

it('rejects a sleep that is aborted, and forgets it', async () => {
  const clock = new VirtualClock(0);
  const stop = new AbortController();
  const sleeping = rejection(clock.sleep(10, stop.signal));
  stop.abort(new Error('enough'));
  expect(await sleeping).toEqual(new Error('enough'));
  expect(await rejection(clock.sleep(10, stop.signal))).toEqual(new Error('enough'));
  expect(clock.nextWakeMs()).toBeNull();
});
