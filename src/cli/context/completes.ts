/** Arguments that a shell completes with the names of contexts. */
import { Argument } from 'commander';

const completing = new WeakSet<Argument>();

export function completesContexts(form: string, description: string): Argument {
  const argument = new Argument(form, description);
  completing.add(argument);
  return argument;
}

export const isContext = (argument: Argument): boolean => completing.has(argument);
