/**
 * A Python for the tests of examples/python-worker: the one that DAYBOOK_PYTHON names, or that of the
 * environment which .ci/run makes under .cache/python.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const WORKER = fromRoot('examples/python-worker');
export const python = process.env['DAYBOOK_PYTHON'] ?? fromRoot('.cache/python/bin/python');

/** What a process of it is started with. */
export const pythonEnv = {
  ...process.env,
  PYTHONPATH: `${WORKER}/src`,
  PYTHONUNBUFFERED: '1',
  PYTHONDONTWRITEBYTECODE: '1',
  OMP_NUM_THREADS: '1',
};

/** Null when these modules are there; else why its tests are skipped. */
export function whyNoPython(modules: readonly string[]): string | null {
  if (!python.includes('/') || existsSync(python)) {
    const program = `import ${modules.join(', ')}`;
    const options = { encoding: 'utf8', timeout: 240_000, env: pythonEnv } as const;
    const { status, stderr, error } = spawnSync(python, ['-c', program], options);
    if (status === 0) return null;
    return `${python} cannot ${program}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`;
  }
  return `there is no ${python}; .ci/run makes it, or name another in DAYBOOK_PYTHON`;
}
