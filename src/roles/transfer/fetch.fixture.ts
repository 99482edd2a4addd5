/** Fetches one artifact into a folder and prints the receipt: `<folder> <digest> <bytes> <endpoint>...` */
import { systemClock } from '../../adapters/system-clock.ts';
import type { Digest } from '../../events/ids.ts';
import { fetchInChunks } from './fetch-in-chunks.ts';
import { FolderShelf } from './folder-shelf.ts';
import { HttpSource } from './http-source.ts';

const [folder = '', digest = '', sizeBytes = '', ...endpoints] = process.argv.slice(2);
const got = await fetchInChunks({
  artifact: { digest: digest as Digest, sizeBytes: Number(sizeBytes) },
  sources: endpoints.map((endpoint) => new HttpSource({ endpoint })),
  shelf: await FolderShelf.open(folder),
  clock: systemClock,
  signal: new AbortController().signal,
});
process.stdout.write(`${JSON.stringify(got)}\n`);
