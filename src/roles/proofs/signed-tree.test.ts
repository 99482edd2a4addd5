/** Proofs made from a signed log verify at every size, and nothing altered does. */
import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { encodeCommand, signCommand } from '../../commands/command.ts';
import { verifyInclusionProof } from '../../events/proof-text.ts';
import { openingOf } from '../../commands/opening.ts';
import { keyNamed, LEDGER, NONCE } from '../../testing/desk.ts';
import {
  ndjsonOf,
  rootOf,
  signedHead,
  signer,
  storyLines,
  verifierKey,
} from '../../testing/signed-story.ts';
import { runAuthority } from '../authority.ts';
import { verifyPrefixProof } from '../../events/prefix-proof.ts';
import { askSignedTree, proveInclusion, provePrefixes, signedTree } from './signed-tree.ts';
import type { SignedTree } from './signed-tree.ts';

function treeOf(size: number): SignedTree {
  const lines = storyLines.slice(0, size);
  const tree = signedTree(ndjsonOf(lines), signedHead(lines));
  if (E.isLeft(tree)) throw new Error(tree.left.message);
  return tree.right;
}
const aSize = fc.integer({ min: 1, max: storyLines.length });

/** One bit of the text's bytes flipped. */
function flipped(text: string, bit: number): string {
  const bytes = Buffer.from(text);
  const at = bit % (bytes.byteLength * 8);
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
  return bytes.toString('utf8');
}

describe('inclusion', () => {
  it('is proven for any entry under a head of any size, and for no other line', () => {
    fc.assert(
      fc.property(aSize, fc.nat(), fc.nat(), (size, a, b) => {
        const [index, other] = [a % size, b % size];
        const proof = proveInclusion(treeOf(size), index);
        const proven = verifyInclusionProof(verifierKey, storyLines[index] as Uint8Array, proof);
        expect(E.isRight(proven) && proven.right).toMatchObject({ index, checkpoint: { size } });
        const wrong = verifyInclusionProof(verifierKey, storyLines[other] as Uint8Array, proof);
        expect(E.isRight(wrong)).toBe(other === index);
      }),
      { numRuns: 60 },
    );
  });

  it('holds for no proof in which a bit was flipped', () => {
    const proof = proveInclusion(treeOf(storyLines.length), 7);
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        const other = flipped(proof, bit);
        const proven = verifyInclusionProof(verifierKey, storyLines[7] as Uint8Array, other);
        expect(E.isLeft(proven)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('prefixes', () => {
  it('are proven for any sizes, with their roots', () => {
    fc.assert(
      fc.property(aSize, fc.nat(), fc.nat(), (size, a, b) => {
        const [from = 0, to = 0] = [a % (size + 1), b % (size + 1)].toSorted((x, y) => x - y);
        const proven = verifyPrefixProof(verifierKey, provePrefixes(treeOf(size), [from, to]));
        expect(E.isRight(proven) && proven.right.prefixes).toEqual([
          { size: from, root: rootOf(storyLines.slice(0, from)) },
          { size: to, root: rootOf(storyLines.slice(0, to)) },
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('hold for no proof in which a bit was flipped', () => {
    const proof = provePrefixes(treeOf(storyLines.length), [5, 21]);
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        expect(E.isLeft(verifyPrefixProof(verifierKey, flipped(proof, bit)))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('must be named: a proof of nothing is malformed', () => {
    const none = verifyPrefixProof(verifierKey, provePrefixes(treeOf(9), []));
    expect(none).toMatchObject({ left: { code: 'proof_malformed' } });
  });
});

it('refuses lines that the head does not sign', () => {
  const lines = storyLines.slice(0, 9);
  const head = signedHead(lines);
  const swapped = [...lines.slice(1, 2), ...lines.slice(0, 1), ...lines.slice(2)];
  expect(signedTree(ndjsonOf(swapped), head)).toMatchObject({ left: { code: 'head_other_root' } });
  expect(signedTree(ndjsonOf(lines.slice(1)), head)).toMatchObject({
    left: { code: 'head_other_size' },
  });
  expect(signedTree(ndjsonOf(lines), 'no note')).toMatchObject({
    left: { code: 'head_malformed' },
  });
});

it('asks a serving authority for the head that it proves under', async () => {
  const memory = new MemoryWorld(systemClock);
  const [own, other] = [
    await openLedger('memory:', LEDGER, { memory }),
    await openLedger('memory:', LEDGER, { memory }),
  ];
  const stop = new AbortController();
  const serving = runAuthority({ ...own, clock: systemClock, key: signer }, stop.signal);
  const fact = openingOf(LEDGER, signer.actor, keyNamed('operator').actor, NONCE);
  const opening = signCommand(signer, LEDGER, 'open', fact);
  await other.channel.request('command', encodeCommand(opening), { timeoutMs: 5000 });
  const tree = await askSignedTree(other.log, other.channel);
  if (E.isLeft(tree)) throw new Error(tree.left.message);
  const [line] = tree.right.lines;
  const proof = proveInclusion(tree.right, 0);
  expect(E.isRight(verifyInclusionProof(verifierKey, line as Uint8Array, proof))).toBe(true);
  stop.abort();
  await serving;
});
