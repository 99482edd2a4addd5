/** One abort signal for the process: SIGINT and SIGTERM ask for a clean end, a second one insists. */
import { EXIT } from './exit.ts';

const controller = new AbortController();
let asked: NodeJS.Signals | null = null;

for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (asked !== null) process.exit(EXIT.interrupted);
    asked = name;
    controller.abort(new Error(`stopped by ${name}`));
  });

export const stopSignal = controller.signal;
export const wasInterrupted = (): boolean => asked === 'SIGINT';
