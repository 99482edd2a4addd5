/** `daybook completion`: a script by which a shell completes every verb and flag there is. */
import type { Command } from 'commander';
import { Argument } from 'commander';
import { everyVerb, treeOf } from '../reference/command-tree.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import type { Place } from './word-list.ts';
import { placeOf } from './word-list.ts';
import { zshScript } from './zsh.ts';

export const shells: Readonly<Record<string, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes verbs and flags; how to load it is its first line')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(shells)))
    .action((shell: string) => {
      process.stdout.write(scriptOf(program, shell));
    });
}

/** @param shell one of `shells` */
export function scriptOf(program: Command, shell: string): string {
  const script = shells[shell];
  if (script === undefined) throw new Error(`invariant: ${shell} is a shell`);
  return script(everyVerb(treeOf(program)).map(placeOf));
}
