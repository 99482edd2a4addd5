/** The command line as its users have it: a process, its two outputs, its exit code. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { withoutSettings } from '../cli/context/settings.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Daybook {
  /** Resolves with every whole line printed so far, once the text is on one of them. */
  printed(text: string): Promise<string>;
  /** The same of what was said on stderr. */
  said(text: string): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/** Nobody is at its terminal. */
export const startDaybook = (...args: string[]): Daybook => startDaybookIn({}, ...args);

/** The same, with what its environment has besides. */
export function startDaybookIn(environment: NodeJS.ProcessEnv, ...args: string[]): Daybook {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutSettings(process.env), NO_COLOR: '1', ...environment },
  });
  let [out, err] = ['', ''];
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, out, err }));
  });
  const once = (soFar: () => string, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      // What is read may end anywhere: within the line that the text is on, too.
      const look = (): void => {
        const said = soFar();
        const at = said.indexOf(text);
        if (at < 0 || said.indexOf('\n', at) < 0) return;
        waiting.delete(look);
        resolve(said.slice(0, said.lastIndexOf('\n') + 1));
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without "${text}": ${out}${err}`)));
    });
  return {
    printed: (text) => once(() => out, text),
    said: (text) => once(() => err, text),
    kill: (signal) => {
      child.kill(signal);
    },
    ended,
  };
}

export const daybook = (...args: string[]): Promise<Ended> => startDaybook(...args).ended;
