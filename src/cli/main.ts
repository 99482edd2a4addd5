#!/usr/bin/env node
/** Runs `daybook`, and says by its exit code how that ended. */
import { keepCompiled } from './compile-cache.ts';

// Before anything else is loaded.
keepCompiled();
const { runVerb } = await import('./run-verb.ts');
const { EXIT } = await import('./terminal/exit.ts');
const { CREW_VARIABLE } = await import('./terminal/stop-signal.ts');
const { endWithShell, isThroughNpm } = await import('./terminal/npm-shell.ts');

// A member of a crew is told by the one that started it, not by a shell.
if (isThroughNpm(process.env) && process.env[CREW_VARIABLE] === undefined) endWithShell();

// Whoever reads the output may have seen enough (`| head`): end as SIGPIPE would, never with 0, for
// a verification that was cut short has verified nothing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.brokenPipe : EXIT.failed);
});

process.exitCode = await runVerb(process.argv.slice(2));
