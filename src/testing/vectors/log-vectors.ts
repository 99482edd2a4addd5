/** Golden vectors of the log: entries, commits, the tree and its proofs, checkpoints. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { base64Of } from '../../events/base64.ts';
import { signCheckpoint, verifyCheckpoint, type Checkpoint } from '../../events/checkpoint.ts';
import { packCommit, unpackCommit } from '../../events/commit-codec.ts';
import type { Commit } from '../../events/commit.ts';
import { decodeEntry } from '../../events/entry.ts';
import type { CommitId, EntrySequence } from '../../events/ids.ts';
import { emptyRoot, leafHash } from '../../events/merkle.ts';
import { signNote, verifierKeyOf } from '../../events/note.ts';
import { parseInclusionProof } from '../../events/proof-text.ts';
import {
  consistencyProof,
  inclusionProof,
  rootAt,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../../events/proofs.ts';
import { verifyEntrySignature } from '../../events/statement.ts';
import { proveInclusion, signedTree } from '../../roles/proofs/signed-tree.ts';
import { keyNamed } from '../desk.ts';
import { ndjsonOf, ORIGIN, signedHead, signer, storyLines, verifierKey } from '../signed-story.ts';

/** Lines of a real ledger: enough for a tree that is not balanced. */
const lines = storyLines.slice(0, 23);
const textOf = (line: Uint8Array): string => Buffer.from(line).toString('utf8');
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');

export function entryVectors() {
  const signed = lines.map(textOf).find((line) => line.includes('"sig":')) ?? '';
  const spaced = signed.replace('{"specversion":"1.0",', '{ "specversion" : "1.0" , ');
  const member = (from: RegExp | string, to: string): Uint8Array =>
    utf8(signed.replace(from, () => to));
  const refused: Uint8Array[] = [
    utf8(''),
    utf8('[]'),
    utf8('{'),
    utf8('null'),
    member('{"specversion":"1.0",', '{'),
    member('"1.0"', '"1.1"'),
    member(/"sequence":"0+(\d)"/, '"sequence":"7"'),
    member(/"sequence":"\d+"/, '"sequence":"9999999999999999"'),
    member(/"time":"[^"]*"/, '"time":"2026-01-01T00:00:00Z"'),
    member(/"time":"[^"]*"/, '"time":"2026-02-30T00:00:00.000Z"'),
    member(/"type":"[^"]*"/, '"type":"daybook.clock.ticked"'),
    member(/"source":"[^"]*"/, '"source":"/ledgers/Desk"'),
    member(/"sig":"[^"]*"/, '"sig":"AAAA"'),
    member(/"actor":"U/, '"actor":"A'),
    member('{"specversion"', '{"more":1,"specversion"'),
    member('{"specversion"', '{"id":"twice","specversion"'),
    member('"data":{', '"data":{"x":1,"x":1,'),
    member('"data":{', '"data":{"x":"\\ud800",'),
    member('"data":{', '"data":{"x":1e999,'),
    member('"data":{', `"data":{"x":${'['.repeat(64)}${']'.repeat(64)},`),
    member('"data":{', '"data":{\n'),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), utf8(signed)]),
    Buffer.concat([utf8(signed.slice(0, -2)), Buffer.from([0x22, 0xff, 0x22, 0x7d])]),
    utf8(`${signed} x`),
  ];
  const accepted = [...lines.slice(0, 8).map(textOf), spaced];
  return {
    accepted: accepted.map((line) => {
      const entry = decodeEntry(utf8(line));
      if (isLeft(entry)) throw new Error(entry.left.message);
      const { sequence, actor, type, sig } = entry.right;
      const verifies = sig === undefined ? null : verifyEntrySignature(entry.right);
      return { line, sequence, actor, type, verifies, leaf: base64Of(leafHash(utf8(line))) };
    }),
    refused: refused.map((line) => {
      const entry = decodeEntry(line);
      if (isLeft(entry)) return { line: base64Of(line), code: entry.left.code };
      throw new Error(`this decodes: ${textOf(line)}`);
    }),
  };
}

export function commitVectors() {
  const good = packCommit('c-1' as CommitId, 3 as EntrySequence, lines.slice(3, 6), rootOf(6));
  const { payload } = good;
  const refused: Commit[] = [
    { ...good, count: 2 },
    { ...good, count: 4 },
    { ...good, count: 0 },
    { ...good, first: -1 as EntrySequence },
    { ...good, root: 'AAAA' },
    { ...good, payload: payload.subarray(0, -1) },
    { ...good, payload: new Uint8Array(0) },
    { ...good, payload: Buffer.concat([utf8('\n'), payload]) },
    { ...good, count: 1, payload: utf8(`${'x'.repeat(256 * 1024 + 1)}\n`) },
  ];
  const wire = ({ id, first, count, root, payload: bytes }: Commit) => ({
    id,
    first,
    count,
    root,
    // Long ones are said, not shown.
    ...(bytes.length > 100_000
      ? { repeated: 'x', times: bytes.length - 1 }
      : { payload: base64Of(bytes) }),
  });
  return {
    accepted: [{ ...wire(good), lines: lines.slice(3, 6).map(textOf) }],
    refused: refused.map((commit) => {
      const unpacked = unpackCommit(commit);
      if (isLeft(unpacked)) return { ...wire(commit), code: unpacked.left.code };
      throw new Error('this is a commit');
    }),
  };
}

const hashes = lines.map((line) => leafHash(line));
const subtree = subtreesOf(hashes);
const rootOf = (size: number): Uint8Array => (size === 0 ? emptyRoot() : rootAt(size, subtree));
const altered = (hash: Uint8Array): Uint8Array => Uint8Array.from(hash, (b, i) => b ^ +(i === 0));

interface Inclusion {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

function inclusions(): Inclusion[] {
  const honest = [1, 2, 7, 8, 23].flatMap((size) =>
    [...new Set([0, 1, size >> 1, size - 1])]
      .filter((index) => index < size)
      .map((index) => ({
        leaf: hashes[index]!,
        index,
        size,
        path: inclusionProof(index, size, subtree),
        root: rootOf(size),
      })),
  );
  const one = honest.at(-1)!;
  return [
    ...honest,
    { ...one, index: one.index - 1 },
    { ...one, index: one.size },
    { ...one, size: one.size + 1 },
    { ...one, path: one.path.slice(1) },
    { ...one, path: [...one.path, one.leaf] },
    { ...one, root: altered(one.root) },
    { ...one, leaf: altered(one.leaf) },
    { ...one, path: one.path.map((hash) => hash.subarray(1)) },
  ];
}

interface Growth {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

function growths(): Growth[] {
  const sizes: [number, number][] = [
    [0, 23],
    [1, 2],
    [3, 7],
    [4, 8],
    [6, 8],
    [8, 23],
    [16, 23],
    [22, 23],
    [23, 23],
  ];
  const honest = sizes.map(([oldSize, newSize]) => ({
    oldSize,
    oldRoot: rootOf(oldSize),
    newSize,
    newRoot: rootOf(newSize),
    path: consistencyProof(oldSize, newSize, subtree),
  }));
  const one = honest[5]!;
  return [
    ...honest,
    { ...one, oldSize: 9 },
    { ...one, oldRoot: altered(one.oldRoot) },
    { ...one, newRoot: altered(one.newRoot) },
    { ...one, path: one.path.slice(1) },
    { ...one, path: [...one.path, one.newRoot] },
    { ...one, oldSize: 23, newSize: 8 },
  ];
}

export const treeVectors = () => ({
  leaves: lines.map((line) => base64Of(line)),
  roots: Array.from({ length: lines.length + 1 }, (_, size) => base64Of(rootOf(size))),
  inclusion: inclusions().map(({ leaf, index, size, path, root }) => ({
    leaf: base64Of(leaf),
    index,
    size,
    path: path.map(base64Of),
    root: base64Of(root),
    holds: verifyInclusion(leaf, index, size, path, root),
  })),
  consistency: growths().map(({ oldSize, oldRoot, newSize, newRoot, path }) => ({
    oldSize,
    oldRoot: base64Of(oldRoot),
    newSize,
    newRoot: base64Of(newRoot),
    path: path.map(base64Of),
    holds: verifyConsistency(oldSize, oldRoot, newSize, newRoot, path),
  })),
  text: proofText(),
});

function proofText() {
  const tree = signedTree(ndjsonOf(lines), signedHead(lines));
  if (isLeft(tree)) throw new Error(tree.left.message);
  const text = proveInclusion(tree.right, 5);
  if (isLeft(parseInclusionProof(text))) throw new Error('a proof of our own');
  return { entry: base64Of(lines[5]!), verifierKey, proof: text };
}

export function checkpointVectors() {
  const stranger = keyNamed('stranger');
  const head: Checkpoint = { origin: ORIGIN, size: lines.length, root: rootOf(lines.length) };
  const good = signCheckpoint(signer, ORIGIN, head);
  const twice = good + (signCheckpoint(stranger, ORIGIN, head).split('\n\n')[1] ?? '');
  const empty = signCheckpoint(signer, ORIGIN, { origin: ORIGIN, size: 0, root: rootOf(0) });
  const signed = (text: string): string => signNote(signer, ORIGIN, text);
  const root = base64Of(head.root);
  const claims: [string, string][] = [
    [verifierKey, good],
    [verifierKey, twice],
    [verifierKey, empty],
    [verifierKey, signed(`${ORIGIN}\n23\n${root}\nan extension\n`)],
    [verifierKey, good.replace('\n23\n', '\n22\n')],
    [verifierKey, good.replace('\n\n', '\n')],
    [verifierKey, good.slice(0, -1)],
    [verifierKey, good.replace('\u2014 ', '- ')],
    [verifierKey, good.replace(`\u2014 ${ORIGIN} `, '\u2014 someone ')],
    [verifierKey, signCheckpoint(stranger, ORIGIN, head)],
    [verifierKey, signed(`daybook.local/other\n23\n${root}\n`)],
    [verifierKey, signed(`${ORIGIN}\n023\n${root}\n`)],
    [verifierKey, signed(`${ORIGIN}\n99999999999999999\n${root}\n`)],
    [verifierKey, signed(`${ORIGIN}\n23\n${root.slice(4)}\n`)],
    [verifierKey, signed(`${ORIGIN}\n23\n`)],
    [verifierKeyOf(ORIGIN, stranger.actor), good],
    [`${ORIGIN}+00000000+${verifierKey.split('+').slice(2).join('+')}`, good],
    [ORIGIN, good],
  ];
  return {
    keys: [{ name: ORIGIN, actor: signer.actor, verifierKey }],
    notes: claims.map(([key, note]) => {
      const verified = verifyCheckpoint(key, note);
      if (isLeft(verified)) return { verifierKey: key, note, code: verified.left.code };
      const { origin, size, root: hash } = verified.right;
      return { verifierKey: key, note, checkpoint: { origin, size, root: base64Of(hash) } };
    }),
  };
}
