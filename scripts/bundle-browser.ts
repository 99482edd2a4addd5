/**
 * Writes what a package brings made: the core in one file for browsers. A checkout makes it when it is
 * first asked for and needs no file.
 *
 *   node scripts/bundle-browser.ts [file]     default: where the explorer looks for it
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BUNDLED_AUDIT_WORKER, bundleAuditWorker } from '../src/explorer/browser-bundle.ts';

const file = process.argv[2] ?? BUNDLED_AUDIT_WORKER;
const bytes = await bundleAuditWorker();
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, bytes);
process.stdout.write(`${file}: ${bytes.byteLength} bytes\n`);
