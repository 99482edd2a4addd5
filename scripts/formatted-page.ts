/**
 * A page as prettier writes it. That takes seconds for the long ones and is a function of the text, so
 * the last of each page is kept in `.cache/docs`, under the digest of what it was made from.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, version } from 'prettier';

const folder = fileURLToPath(new URL('../.cache/docs/', import.meta.url));
const OPTIONS = { parser: 'markdown', printWidth: 100 } as const;

export async function formattedPage(name: string, text: string): Promise<string> {
  const made = createHash('sha256')
    .update(JSON.stringify([version, OPTIONS, text]))
    .digest('hex');
  const path = `${folder}${name.replaceAll('/', '-')}`;
  const kept = keptAt(path);
  if (kept?.startsWith(`${made}\n`)) return kept.slice(made.length + 1);
  const page = await format(text, OPTIONS);
  mkdirSync(folder, { recursive: true });
  // Whole or not at all: two checks may run at once.
  writeFileSync(`${path}.${process.pid}`, `${made}\n${page}`);
  renameSync(`${path}.${process.pid}`, path);
  return page;
}

function keptAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
