/**
 * A verb of the command line in the test's own process, for verbs that end by themselves: it takes
 * milliseconds, a start of Node for each takes seconds. They share the outputs, so each begins when the
 * one before has ended. Nobody's context is in use, unless a test says one.
 */
import { stripVTControlCharacters } from 'node:util';
import { vi } from 'vitest';
import { CONTEXT_VARIABLE, NO_CONTEXT } from '../cli/context/settings.ts';
import { runVerb } from '../cli/run-verb.ts';
import type { Ended } from './daybook-process.ts';

let before: Promise<unknown> = Promise.resolve();

export function verbHere(...args: string[]): Promise<Ended> {
  const ended = before.then(() => run(args));
  before = ended.catch(() => undefined);
  return ended;
}

async function run(args: readonly string[]): Promise<Ended> {
  process.env[CONTEXT_VARIABLE] ??= NO_CONTEXT;
  const outputs = [process.stdout, process.stderr].map((stream) => {
    const said: string[] = [];
    const take = (text: unknown): boolean => said.push(String(text)) > 0;
    return { said, spy: vi.spyOn(stream, 'write').mockImplementation(take) };
  });
  try {
    const code = await runVerb(args);
    const [out = '', err = ''] = outputs.map(({ said }) => stripVTControlCharacters(said.join('')));
    return { code, out, err };
  } finally {
    for (const { spy } of outputs) spy.mockRestore();
  }
}
