/** Asks a person before something that cannot be undone; without a person the answer is no. */
import { createInterface } from 'node:readline/promises';
import { EXIT, Exit } from './exit.ts';

/**
 * True when the word is typed.
 * @throws Exit usage where there is no terminal to ask at
 */
export async function confirmed(question: string, word: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Exit(EXIT.usage, 'nobody is here to be asked; add --yes to go ahead');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(`${question} Type ${word} to go ahead: `)).trim() === word;
  } finally {
    terminal.close();
  }
}
