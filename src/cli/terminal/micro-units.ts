/** Money on a command line: micro-units, as the ledger counts it. */
import { amount } from '../../events/codecs.ts';
import { EXIT, Exit } from './exit.ts';

/** @throws Exit usage */
export function microUnits(what: string, text: string | undefined): string {
  if (amount.is(text)) return text;
  const example = '1500000 of them are 1.5';
  throw new Exit(EXIT.usage, `${what}: "${text}" is no amount of micro-units: ${example}`);
}
