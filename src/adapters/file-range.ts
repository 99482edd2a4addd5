/** Part of a file, without the rest in memory. */
import { open } from 'node:fs/promises';
import type { ArtifactRange } from '../commands/ports/artifacts.ts';

export async function fileRange(
  path: string,
  start: number,
  length: number,
): Promise<ArtifactRange> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - start)));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return { bytes: bytes.subarray(0, bytesRead), sizeBytes: size };
  } finally {
    await file.close();
  }
}
