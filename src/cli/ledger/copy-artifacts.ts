/** Copies every artifact of a store into a folder that audits read. */
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';

export async function copyArtifacts(
  from: Artifacts,
  folder: string,
  onCopied: (what: 'artifacts', done: number, total: null) => void = () => undefined,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const to = await openArtifactFolder(folder);
  let count = 0;
  let bytes = 0;
  try {
    for await (const { digest, sizeBytes } of from.list()) {
      if (!(await to.has(digest))) await to.put(await from.get(digest));
      count += 1;
      bytes += sizeBytes;
      onCopied('artifacts', count, null);
    }
  } finally {
    await to.close();
  }
  return { count, bytes };
}
