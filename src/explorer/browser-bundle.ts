/**
 * The core as one file for a browser: the sources that Node runs, with the few files that touch Node's
 * own libraries replaced by those of `src/browser`. In a checkout it is made when somebody first asks
 * for it; a package brings it made (`npm run bundle`), and then no bundler is needed.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));

export const AUDIT_WORKER = 'audit-worker.js';
/** Where a package has it. */
export const BUNDLED_AUDIT_WORKER = fileURLToPath(
  new URL(`./bundled/${AUDIT_WORKER}`, import.meta.url),
);

/** Core file -> what stands in for it in a browser. */
const STAND_INS: Readonly<Record<string, string>> = {
  'events/sha256.ts': 'browser/sha256.ts',
  'events/ed25519.ts': 'browser/ed25519.ts',
  'roles/audit/signature-threads.ts': 'browser/signature-threads.ts',
  'compute/backends/exact-threads.ts': 'browser/no-threads.ts',
};

/** Made now, from the sources. @throws when the bundler is not installed, or a source needs Node */
export async function bundleAuditWorker(): Promise<Uint8Array> {
  // Only who makes the bundle has the bundler.
  const { rolldown } = await import('rolldown');
  const standIns = new Map(
    Object.entries(STAND_INS).map(([from, to]) => [pathOf(from), pathOf(to)]),
  );
  const bundle = await rolldown({
    input: pathOf('browser/audit-worker.ts'),
    platform: 'browser',
    logLevel: 'silent',
    transform: {
      inject: { Buffer: [pathOf('browser/buffer.ts'), 'Buffer'] },
      define: { 'process.env.NODE_ENV': '"production"' },
    },
    plugins: [
      {
        name: 'stand-ins',
        async resolveId(source, importer) {
          if (source === 'node:assert') return pathOf('browser/assert.ts');
          if (source.startsWith('node:'))
            throw new Error(`${importer} asks for ${source}, which a browser does not have`);
          if (!source.startsWith('.') || importer === undefined) return null;
          const found = await this.resolve(source, importer, { skipSelf: true });
          return found === null ? null : (standIns.get(found.id) ?? null);
        },
      },
    ],
  });
  try {
    const { output } = await bundle.generate({
      format: 'iife',
      minify: true,
      codeSplitting: false,
    });
    return new TextEncoder().encode(output[0].code);
  } finally {
    await bundle.close();
  }
}

let made: Promise<Uint8Array> | null = null;

/** The one of the package, or made once in the life of the process. */
export function auditWorker(): Promise<Uint8Array> {
  made ??= existsSync(BUNDLED_AUDIT_WORKER) ? readFile(BUNDLED_AUDIT_WORKER) : bundleAuditWorker();
  // Another try may go well: a package that was missing can be installed.
  made.catch(() => (made = null));
  return made;
}
