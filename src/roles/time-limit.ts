/**
 * Time limits on the role's own clock, so that a simulated role keeps them in virtual time. Invariant:
 * when the work is over its alarm is too; nothing of it keeps a process alive.
 */
import type { Clock } from '../commands/ports/clock.ts';

/** Why the alarm ends: made once, for an abort without a reason makes an exception each time. */
const DONE = new Error('done');

/** Does the work under a signal that aborts after `ms`, or with the signal given. */
export async function within<T>(
  {
    clock,
    ms,
    signal,
  }: { readonly clock: Clock; readonly ms: number; readonly signal?: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const either = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  const alarm = clock.sleep(ms, either).then(
    () => over.abort(),
    () => undefined,
  );
  try {
    return await work(either);
  } finally {
    over.abort(DONE);
    await alarm;
  }
}
