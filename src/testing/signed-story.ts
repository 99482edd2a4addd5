/** The whole story as a recording that its authority signed, at any size: food for proofs. */
import { signCheckpoint } from '../events/checkpoint.ts';
import { leafHash } from '../events/merkle.ts';
import type { Hash } from '../events/merkle.ts';
import { verifierKeyOf } from '../events/note.ts';
import { rootAt, subtreesOf } from '../events/proofs.ts';
import { keyNamed } from './desk.ts';
import { wholeStory } from './story.ts';

export const ORIGIN = 'daybook.local/desk';
export const signer = keyNamed('authority');
export const verifierKey = verifierKeyOf(ORIGIN, signer.actor);

export const storyLines: readonly Uint8Array[] = wholeStory().desk.lines;

export const ndjsonOf = (lines: readonly Uint8Array[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

export function rootOf(lines: readonly Uint8Array[]): Hash {
  return rootAt(lines.length, subtreesOf(lines.map((line) => leafHash(line))));
}

export const signedHead = (lines: readonly Uint8Array[]): string =>
  signCheckpoint(signer, ORIGIN, { origin: ORIGIN, size: lines.length, root: rootOf(lines) });
