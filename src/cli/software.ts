/** What this build calls itself in sessions and reports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

export const VERSION = manifest.version;
export const SOFTWARE = `daybook ${VERSION} node ${process.versions.node} ${process.platform}-${process.arch}`;

/**
 * Digest of the build: SHA-256 over the lines `<SHA-256 of a file> <its path>` of what runs, the
 * sources but for their tests, and the lock file with the packages; in ascending order of paths.
 */
export function buildDigest(): Digest {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => `src/${path.split(sep).join('/')}`)
    .filter((path) => !path.startsWith('src/testing/'));
  const lines = [...sources, 'package-lock.json']
    .sort()
    .map((path) => `${digestOf(readFileSync(join(root, path)))} ${path}\n`);
  return digestOf(Buffer.from(lines.join(''), 'utf8'));
}
