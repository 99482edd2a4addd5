/** Seed files: they parse, and nobody but their owner can use them. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { modeProblem } from '../ledger/key-file-mode.ts';
import { readKey } from '../ledger/ledger-options.ts';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

const SEED_FILE = /\.(nk|seed)$/;

/** @param paths files, or folders of `*.nk` and `*.seed` files */
export function* keyFindings(paths: readonly string[]): Iterable<DoctorFinding> {
  for (const path of paths) {
    try {
      const isFolder = statSync(path).isDirectory();
      const files = isFolder
        ? readdirSync(path)
            .filter((name) => SEED_FILE.test(name))
            .map((name) => join(path, name))
        : [path];
      const findings = files.map(keyFinding);
      const bad = findings.filter(({ status }) => status !== 'ok');
      if (bad.length > 0) yield* bad;
      else if (isFolder) yield ok('keys', `${files.length} in ${path}, for their owner alone`);
      else yield* findings;
    } catch (error) {
      yield fail('key', messageOf(error), 'check the path');
    }
  }
}

function keyFinding(file: string): DoctorFinding {
  try {
    const { actor } = readKey(file);
    const problem = modeProblem(file);
    const [detail, remedy] = problem?.split('; run: ') ?? [];
    return detail === undefined
      ? ok('key', `${file} is ${actor}, for its owner alone`)
      : warn('key', detail, `run: ${remedy}`);
  } catch (error) {
    return fail('key', messageOf(error), 'restore it from its copy, or admit a new key');
  }
}
