/** What a verification says of each thing that holds. */
import { colour } from '../terminal/output.ts';

export function say(what: string, detail: string): void {
  process.stdout.write(`${colour.green('ok     ')} ${what.padEnd(21)} ${detail}\n`);
}
