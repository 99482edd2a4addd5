/**
 * Another implementation's word: Go's x/mod/sumdb verifies our checkpoint and our proofs. Skipped
 * where there is no `go`, or where its module is neither cached nor to be had.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { base64Of } from '../../events/base64.ts';
import { parseInclusionProof } from '../../events/proof-text.ts';
import { parsePrefixProof } from '../../roles/proofs/prefix-proof.ts';
import { proveInclusion, provePrefixes, signedTree } from '../../roles/proofs/signed-tree.ts';
import { ndjsonOf, signedHead, storyLines, verifierKey } from '../signed-story.ts';

const cwd = fileURLToPath(new URL('go/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daybook-go-'));
const verifier = join(folder, 'verifier');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Null when Go can build; else why not. */
function whyNot(): string | null {
  if (spawnSync('go', ['version']).status !== 0) return 'there is no go on PATH';
  const got = spawnSync('go', ['mod', 'download'], { cwd, timeout: 60_000, encoding: 'utf8' });
  return got.status === 0 ? null : `Go's module is not to be had: ${got.stderr.trim()}`;
}
const reason = whyNot();
if (reason !== null) process.stderr.write(`Go interop is skipped: ${reason}\n`);

const right = <T>(result: E.Either<{ readonly message: string }, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** Every entry and every prefix under a head of this size, as our own texts state them. */
function claimsAt(size: number) {
  const lines = storyLines.slice(0, size);
  const tree = right(signedTree(ndjsonOf(lines), signedHead(lines)));
  const inclusions = lines.map((line, index) => {
    const { path } = right(parseInclusionProof(proveInclusion(tree, index)));
    return { index, entry: base64Of(line), path: path.map(base64Of) };
  });
  // Go's tree check starts at one record; an empty log needs no proof.
  const prefixes = lines.map((_, index) => {
    const [one] = right(parsePrefixProof(provePrefixes(tree, [index + 1]))).prefixes;
    if (one === undefined) throw new Error('one was asked for');
    return { size: one.size, root: base64Of(one.root), path: one.path.map(base64Of) };
  });
  return { key: verifierKey, checkpoint: tree.checkpoint, inclusions, prefixes };
}

const ask = (claims: ReturnType<typeof claimsAt>) =>
  spawnSync(verifier, { input: JSON.stringify(claims), encoding: 'utf8' });

describe.skipIf(reason !== null)('golang.org/x/mod/sumdb', () => {
  it('accepts our checkpoints and every proof under them, and no altered one', () => {
    execFileSync('go', ['build', '-o', verifier, '.'], { cwd });
    for (const size of [1, 2, 7, 8, 9, storyLines.length]) {
      const { stdout, stderr } = ask(claimsAt(size));
      expect(stderr + stdout).toBe(`ok ${size} inclusions, ${size} prefixes of ${size}\n`);
    }
    const claims = claimsAt(9);
    const [a, b] = claims.inclusions;
    if (a === undefined || b === undefined) throw new Error('nine entries');
    const crossed = { ...claims, inclusions: [{ ...a, entry: b.entry }] };
    expect(ask(crossed).stderr).toContain('inclusion of 0');
    const shifted = claims.prefixes.map((one) => ({ ...one, size: (one.size % 9) + 1 }));
    expect(ask({ ...claims, prefixes: shifted }).stderr).toContain('prefix of');
    const altered = claims.checkpoint.replace('\n9\n', '\n8\n');
    expect(ask({ ...claims, checkpoint: altered }).stderr).toContain('checkpoint');
  }, 120_000);
});
