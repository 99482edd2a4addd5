/**
 * npm runs a script through a shell, and some shells (Debian's dash) stay between npm and what the
 * script starts. A SIGTERM to npm then ends npm and the shell and reaches nobody else: an authority
 * would go on leading after whoever started it believes it stopped. So a process that npm started
 * watches for the shell's end and takes it as the SIGTERM that it stands for.
 */

/** Scripts that are one command of ours. Where a shell puts it into the background, it may outlive it. */
const OURS = /^(?:node src\/cli\/main\.ts|(['"]?)daybook\1)(?: [^&|;]*)?$/;

const LOOK_EVERY_MS = 250;

/** Whether npm or npx started this process through a shell that waits for it. */
export const isThroughNpm = (environment: NodeJS.ProcessEnv): boolean =>
  OURS.test(environment['npm_lifecycle_script'] ?? '');

/** Its number changes when a parent ends, but not on Windows, where nothing is done. */
export function endWithShell(): void {
  const shell = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS);
  looking.unref();
}
