/** Sleeping, for every clock that can set an alarm. */
import type { Clock } from './ports/clock.ts';

/** Until the alarm rings; rejects with the signal's reason once that is aborted, and calls it off. */
export function sleepOnAlarm(
  clock: Pick<Clock, 'alarm'>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      callOff();
      reject(signal?.reason as Error);
    };
    const callOff = clock.alarm(ms, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    signal?.addEventListener('abort', leave, { once: true });
  });
}
