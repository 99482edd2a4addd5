/**
 * A verb of the command line in the test's own process, for verbs that end by themselves: it takes
 * milliseconds, a start of Node for each takes seconds. One at a time: they share the outputs.
 */
import { stripVTControlCharacters } from 'node:util';
import { vi } from 'vitest';
import { runVerb } from '../cli/run-verb.ts';
import type { Ended } from './daybook-process.ts';

export async function verbHere(...args: string[]): Promise<Ended> {
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
