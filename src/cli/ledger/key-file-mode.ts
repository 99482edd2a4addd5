/** Whether others than its owner may read a seed file. */
import { statSync } from 'node:fs';

/** A sentence with the remedy, or null when all is well. POSIX modes; elsewhere nothing is known. */
export function modeProblem(file: string): string | null {
  if (process.platform === 'win32') return null;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return null;
  return `${file} can be used by others (mode ${mode.toString(8)}); run: chmod 600 ${file}`;
}
