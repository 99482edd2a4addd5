/**
 * The page's files, read once at the start and served from memory by exact name: a path in a request
 * never reaches the file system. They are served as they are in the folder; there is no build step. Only
 * the page itself is told which scripts there are: asked for at once, they come in one round trip
 * instead of one for each step from an import to the next.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

export interface Asset {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** By request path; the page itself is `/`. */
export async function loadAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  const names = (await readdir(folder)).sort();
  const scripts = names.filter((name) => extname(name) === '.js');
  for (const name of names) {
    const contentType = CONTENT_TYPES[extname(name)];
    if (contentType === undefined) continue;
    const stored = await readFile(join(folder, name));
    const bytes = name === 'index.html' ? preloading(stored, scripts) : stored;
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    assets.set(name === 'index.html' ? '/' : `/page/${name}`, { bytes, contentType, etag });
  }
  return assets;
}

/** @param page a document whose head has a script */
function preloading(page: Buffer, scripts: readonly string[]): Buffer {
  const links = scripts.map((name) => `<link rel="modulepreload" href="/page/${name}" />\n    `);
  return Buffer.from(page.toString().replace('<script', `${links.join('')}<script`));
}
