/** Workers in Python as processes. Invariant: none outlives its time, nor `killPythons`. */
import { spawn } from 'node:child_process';
import type { Ended } from './daybook-process.ts';
import { python, pythonEnv, WORKER } from './python.ts';

const WITHIN_MS = 600_000;

const running = new Set<ReturnType<typeof spawn>>();

export function killPythons(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface Python {
  /** Once it says this, and all that it has said; an error when it ends before. */
  said(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Ends by itself, or is ended when its time is over. */
export function startPython(...args: string[]): Python {
  const child = spawn(python, args, { cwd: WORKER, env: pythonEnv });
  running.add(child);
  const limit = setTimeout(() => child.kill('SIGKILL'), WITHIN_MS);
  let [out, err] = ['', ''];
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const look of looks) look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ code, out, err });
    });
  });
  const said = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!err.includes(text)) return;
        looks.delete(look);
        resolve(err);
      };
      looks.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without "${text}": ${out}${err}`)));
    });
  return { said, ended, kill: (signal) => void child.kill(signal) };
}
