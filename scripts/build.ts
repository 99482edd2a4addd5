/**
 * `npm run build`: dist/ from src/, as the published package has it. The compiler strips types and
 * renames imports; what it does not see is done here: files that threads and processes are started
 * from are named by URL, declarations still name sources, the explorer's page is no TypeScript, and
 * its audit is one file for browsers.
 * Invariant: when it exits 0, nothing in dist/ names a file that is not there.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const file of globSync('src/**/*.{js,css,html,svg}', { cwd: root })) {
  const to = join(dist, file.slice('src/'.length));
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(root, file), to);
}
const bundle = spawnSync(
  process.execPath,
  [join(root, 'scripts/bundle-browser.ts'), join(dist, 'explorer/bundled/audit-worker.js')],
  { cwd: root, stdio: 'inherit' },
);
if (bundle.status !== 0) process.exit(bundle.status ?? 1);

for (const extension of ['js', 'd.ts'])
  for (const file of globSync(`**/*.${extension}`, { cwd: dist })) rename(join(dist, file));

/** The names of sources among a file's references, to those of what was built of them. */
function rename(file: string): void {
  const before = readFileSync(file, 'utf8');
  const pattern = file.endsWith('.d.ts')
    ? /(\bfrom |\bimport\()(['"])(\.[^'"\n]+)\.ts\2/g
    : /(\bnew URL\()(')(\.[^'\n]+)\.ts'/g;
  const after = before.replace(pattern, (_, head: string, quote: string, path: string) => {
    if (!existsSync(join(dirname(file), `${path}.js`)))
      throw new Error(`${file} names ${path}.ts, of which nothing was built`);
    return `${head}${quote}${path}.js${quote}`;
  });
  if (after !== before) writeFileSync(file, after);
}
