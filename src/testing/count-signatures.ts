/** Author signatures of lines that lie ready, in pieces as an audit reads them. */
import type { SignatureCount } from '../roles/audit/author-signatures.ts';
import { AuthorSignatures } from '../roles/audit/author-signatures.ts';

const PIECE_LINES = 512;
const NEWLINE = Uint8Array.of(0x0a);

/** @param lines from sequence 0, each of which is an event */
export async function countSignatures(
  lines: readonly Uint8Array[],
  threads: number,
): Promise<SignatureCount> {
  const authors = new AuthorSignatures(threads, Infinity);
  try {
    for (let first = 0; first < lines.length; first += PIECE_LINES) {
      const some = lines.slice(first, first + PIECE_LINES);
      await authors.take(first, Buffer.concat(some.flatMap((line) => [line, NEWLINE])));
    }
    return await authors.end();
  } finally {
    await authors.close();
  }
}
