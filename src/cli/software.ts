/** What this build calls itself in sessions and reports. */
import { readFileSync } from 'node:fs';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

export const VERSION = manifest.version;
export const SOFTWARE = `daybook ${VERSION} node ${process.versions.node} ${process.platform}-${process.arch}`;
