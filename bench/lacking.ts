/**
 * What a bench measures on may not be on this machine: a device, a server, a browser, a Python, a
 * recording. It then says so in a line and ends with 1; a stack would look like a fault of its own.
 * What is asked of a device or a server is loaded when it is: benches that measure memory end here, too.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Backend, BackendName } from '../src/compute/backend.ts';
import { chromiumPath } from '../src/testing/chromium.ts';

const bench = basename(process.argv[1] ?? 'bench', '.ts');

export function end(why: string): never {
  process.stderr.write(`${bench}: ${why}\n`);
  process.exit(1);
}

/** A recording and the like, named on the command line. */
export function presentFile(path: string | undefined, usage: string): string {
  if (path === undefined || path === '') end(`usage: ${usage}`);
  if (!existsSync(path)) end(`there is no ${path}; usage: ${usage}`);
  return path;
}

export async function presentBackend(name: BackendName, threads: number): Promise<Backend> {
  const { openBackend } = await import('../src/compute/backends/open.ts');
  const { BackendUnavailable } = await import('../src/compute/backends/backend-unavailable.ts');
  try {
    return await openBackend(name, { threads });
  } catch (error) {
    if (error instanceof BackendUnavailable) end(error.message);
    throw error;
  }
}

/**
 * Why a Python cannot be compared with, and null where it can.
 * @param modules that its script imports
 * @param needs what must hold once it has, in Python
 */
export function whyNot(python: string, modules: string, needs = 'True'): string | null {
  const program = `import ${modules}\nif not (${needs}): raise SystemExit('${needs} is not so')`;
  const { status, error, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  if (status === 0) return null;
  const why = error?.message ?? stderr.trim().split('\n').at(-1);
  return `${python}: ${why}; DAYBOOK_PYTHON names one with ${modules}`;
}

export function presentChromium(): string {
  const path = chromiumPath(bench);
  if (path === null) process.exit(1);
  if (!existsSync(path)) end(`there is no Chromium at ${path}, which DAYBOOK_CHROMIUM names`);
  return path;
}

/** Found, or obtained. */
export async function presentNatsServer(): Promise<void> {
  const { findNatsServer } = await import('../src/testing/nats-server.ts');
  try {
    await findNatsServer();
  } catch (error) {
    // Between the two it lists what was tried.
    const said = String(error instanceof Error ? error.message : error).split('\n');
    end([said[0], said.at(-1)].join(' '));
  }
}
