/**
 * One abort signal for the process: SIGINT and SIGTERM ask for a clean end, a second one insists.
 * A member of a crew leaves Ctrl-C to whoever started it, which stops its crew in order, and ends
 * when that one is gone (its end of the pipe on stdin closes).
 */
import { EXIT, Exit } from './exit.ts';

export const CREW_VARIABLE = 'DAYBOOK_CREW';

const controller = new AbortController();
let asked: NodeJS.Signals | null = null;

const inCrew = process.env[CREW_VARIABLE] !== undefined;

for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (inCrew && name === 'SIGINT') return;
    if (asked !== null) process.exit(EXIT.interrupted);
    asked = name;
    controller.abort(new Exit(EXIT.interrupted, `stopped by ${name}`));
  });

if (inCrew) {
  process.stdin.resume();
  process.stdin.once('end', () => controller.abort(new Error('whoever started this is gone')));
  process.stdin.unref();
}

export const stopSignal = controller.signal;
export const wasInterrupted = (): boolean => asked === 'SIGINT';
