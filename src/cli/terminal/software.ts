/** What this build calls itself in sessions and reports. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

export const VERSION = manifest.version;
export const SOFTWARE = `daybook ${VERSION} node ${process.versions.node} ${process.platform}-${process.arch}`;

/**
 * Digest of the build: SHA-256 over the lines `<SHA-256 of a file> <its path>` of what runs - the
 * sources but for their tests, or what a package was built of - and the lock file with the packages
 * (the manifest where there is none); in ascending order of paths.
 */
export function buildDigest(): Digest {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const code = basename(fileURLToPath(new URL('../../', import.meta.url)));
  const extension = extname(fileURLToPath(import.meta.url));
  const sources = readdirSync(join(root, code), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(extension) && !path.endsWith('.test.ts'))
    .map((path) => `${code}/${path.split(sep).join('/')}`)
    .filter((path) => !path.startsWith('src/testing/'));
  const packages = existsSync(join(root, 'package-lock.json'))
    ? 'package-lock.json'
    : 'package.json';
  const lines = [...sources, packages]
    .sort()
    .map((path) => `${digestOf(readFileSync(join(root, path)))} ${path}\n`);
  return digestOf(Buffer.from(lines.join(''), 'utf8'));
}
