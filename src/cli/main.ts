#!/usr/bin/env node
/** Runs `daybook`, and says by its exit code how that ended. */
import { CommanderError } from 'commander';
import { whereFrom } from './context/fill.ts';
import { program } from './program.ts';
import { EXIT, report } from './terminal/exit.ts';
import { wasInterrupted } from './terminal/stop-signal.ts';

// Whoever reads the output may have seen enough (`| head`): end as SIGPIPE would, never with 0, for
// a verification that was cut short has verified nothing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.brokenPipe : EXIT.failed);
});

try {
  await program.parseAsync();
  process.exitCode = wasInterrupted() ? EXIT.interrupted : EXIT.ok;
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    process.exitCode = wasInterrupted() ? EXIT.interrupted : report(error);
    const from = wasInterrupted() ? null : whereFrom();
    if (from !== null) process.stderr.write(`daybook: ${from}\n`);
  }
}
