/**
 * Time travel: a ledger folded up to an entry, from nothing. A live log vouches for its commits by
 * their roots; where the entry lies inside one, the rest of that commit is hashed too, so that what
 * is shown belongs to a prefix that the log itself states.
 */
import type { Command } from 'commander';
import { Fault } from '../../commands/ports/fault.ts';
import { leafHash } from '../../events/merkle.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { Chunk, Source } from './source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface AsOfOptions {
  readonly at?: string;
}

export const withAt = (command: Command): Command =>
  command.option('--at <sequence>', 'the books as of this entry; default: the last one');

/** Entries to fold: all, or up to and with the one named. @throws Exit */
export function sizeAt(source: Source, at: string | undefined): number {
  if (source.size === 0) throw new Exit(EXIT.failed, `${source.where} holds no entries`);
  if (at === undefined) return source.size;
  const sequence = wholeNumber('--at', at);
  if (sequence < source.size) return sequence + 1;
  const last = source.size - 1;
  throw new Exit(EXIT.usage, `--at ${sequence}: the last entry of ${source.where} is ${last}`);
}

/** @throws Fault log_corrupt */
export async function rebuildTo(source: Source, size: number): Promise<Rebuild> {
  const rebuilt = new Rebuild();
  for await (const chunk of source.chunks()) {
    const wanted = chunk.lines.slice(0, size - rebuilt.size);
    for (const line of wanted) rebuilt.add(line);
    checkChunk(rebuilt, chunk, wanted.length);
    if (rebuilt.size === size) break;
  }
  return rebuilt;
}

function checkChunk(rebuilt: Rebuild, { lines, root }: Chunk, folded: number): void {
  if (root === null) return;
  if (folded === lines.length) return rebuilt.checkRoot(root);
  const tree = rebuilt.tree.clone();
  for (const line of lines.slice(folded)) tree.append(leafHash(line));
  if (Buffer.from(tree.root()).toString('base64') !== root)
    throw new Fault('log_corrupt', `The commit of entry ${rebuilt.size - 1} has another root.`, {
      retryable: false,
    });
}
