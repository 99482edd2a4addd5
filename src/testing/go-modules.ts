/** Whether programs in Go can be built here: they and their modules are not ours to bring. */
import { spawnSync } from 'node:child_process';

/** @param cwd folder of a go.mod. Null when Go can build there; else why not. */
export function whyNoGo(cwd: string): string | null {
  if (spawnSync('go', ['version']).status !== 0) return 'there is no go on PATH';
  const got = spawnSync('go', ['mod', 'download'], { cwd, timeout: 60_000, encoding: 'utf8' });
  return got.status === 0 ? null : `Go's modules are not to be had: ${got.stderr.trim()}`;
}
