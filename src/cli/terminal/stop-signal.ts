/**
 * One abort signal for the process: SIGINT and SIGTERM ask for a clean end, a second one insists. Where
 * a verb has something to finish first, the first asks for that, and each of them comes one later. They
 * are taken over when a verb first asks for the signal: one that never does is ended by the system at
 * once, in the middle of a fold too, where no handler would run.
 * A member of a crew leaves Ctrl-C to whoever started it, which stops its crew in order, and ends
 * when that one is gone (its end of the pipe on stdin closes).
 */
import { once } from 'node:events';
import type { Command } from 'commander';
import { EXIT, Exit } from './exit.ts';

export const CREW_VARIABLE = 'DAYBOOK_CREW';

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;

const controller = new AbortController();
const finishing = new AbortController();
let asked: keyof typeof SIGNALS | null = null;
let finishesFirst = false;
let isStopping = false;
let isTakenOver = false;

const inCrew = process.env[CREW_VARIABLE] !== undefined;

function takeOver(): void {
  isTakenOver = true;
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
    process.on(name, () => {
      if (inCrew && name === 'SIGINT') return;
      if (isStopping) process.exit(SIGNALS[name]);
      asked = name;
      if (finishesFirst && !finishing.signal.aborted) return finishing.abort();
      isStopping = true;
      controller.abort(new Exit(SIGNALS[name], `stopped by ${name}`));
    });
}

if (inCrew) {
  // A Ctrl-C while it is starting is not for it either.
  takeOver();
  process.stdin.resume();
  process.stdin.once('end', () => controller.abort(new Error('whoever started this is gone')));
  process.stdin.unref();
}

export function stopSignal(): AbortSignal {
  if (!isTakenOver) takeOver();
  return controller.signal;
}

/** Aborts when the process is first asked to end, which then ends by itself or is asked again. */
export function finishSignal(): AbortSignal {
  finishesFirst = true;
  stopSignal();
  return finishing.signal;
}

/** For a verb that runs until it is stopped: while it starts, too, it ends in order. */
export const staysUp = (command: Command): Command =>
  command.hook('preAction', () => {
    stopSignal();
  });

/** Resolves when a stop is asked for, or was. */
export async function stopAsked(): Promise<void> {
  const signal = stopSignal();
  if (!signal.aborted) await once(signal, 'abort');
}

export const wasInterrupted = (): boolean => asked === 'SIGINT';
