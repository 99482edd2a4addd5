/**
 * The Python worker as a package: a wheel that holds it and says that it is typed, strict types, and
 * the linter. Each where the tool is there.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { python, pythonEnv, whyNoPython, WORKER } from '../python.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-wheel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, ...args: string[]): string {
  const options = { cwd, env: pythonEnv, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(python, args, options);
  expect(status, stdout + stderr).toBe(0);
  return stdout;
}

function itWith(modules: readonly string[], what: string, test: () => void): void {
  const reason = whyNoPython(modules);
  if (reason !== null) process.stderr.write(`Not tested, ${what}: ${reason}\n`);
  it.skipIf(reason !== null)(what, test);
}

describe('the package of the Python worker', () => {
  itWith(['setuptools', 'wheel', 'pip'], 'makes a wheel of all its modules', () => {
    // A copy: setuptools builds beside its sources.
    const copy = join(folder, 'worker');
    const isSource = (path: string): boolean => !/__pycache__|\.egg-info|build$/.test(path);
    cpSync(WORKER, copy, { recursive: true, filter: isSource });
    const quiet = ['-q', '--disable-pip-version-check', '--no-deps', '--no-build-isolation'];
    run(copy, '-m', 'pip', 'wheel', ...quiet, '-w', folder, '.');
    const [wheel = ''] = readdirSync(folder).filter((name) => name.endsWith('.whl'));
    const program =
      'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\\n")';
    const held = run(folder, '-c', program, wheel).trim().split('\n');
    const modules = readdirSync(join(copy, 'src/daybook_worker')).filter(isSource);
    expect(held.filter((name) => name.startsWith('daybook_worker/')).sort()).toEqual(
      modules.map((name) => `daybook_worker/${name}`).sort(),
    );
    expect(held).toContain('daybook_worker/py.typed');
    expect(held.some((name) => name.endsWith('entry_points.txt'))).toBe(true);
  });

  itWith(['mypy', 'torch'], 'has types that hold strictly', () => {
    run(WORKER, '-m', 'mypy', '--cache-dir', join(folder, 'mypy'));
  });

  itWith(['ruff'], 'is as the linter and the formatter want it', () => {
    run(WORKER, '-m', 'ruff', 'check', '--no-cache', '.');
    run(WORKER, '-m', 'ruff', 'format', '--no-cache', '--check', '.');
  });
});
