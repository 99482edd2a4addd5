/** Runs a verb to its end, whatever that is, and says how it ended: main's, and that of tests. */
import { CommanderError } from 'commander';
import { whereFrom } from './context/fill.ts';
import { program } from './program.ts';
import { EXIT, report } from './terminal/exit.ts';
import { wasInterrupted } from './terminal/stop-signal.ts';

/** @param args of the verb. Returns an exit code; errors have been reported on stderr. */
export async function runVerb(args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return wasInterrupted() ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (wasInterrupted()) return EXIT.interrupted;
    const code = report(error);
    const from = whereFrom();
    if (from !== null) process.stderr.write(`daybook: ${from}\n`);
    return code;
  }
}
