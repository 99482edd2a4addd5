/**
 * The head that an auditor keeps between audits: a file with the signed note as it was seen. A head
 * that does not fit leaves it as it is; a fork is written out beside it as `<file>.fork`.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import type { AuditReport } from '../../roles/audit/audit.ts';
import type { Check } from '../../roles/audit/check.ts';
import type { Recorded } from '../../roles/audit/recorded-lines.ts';
import { piecesOf } from '../../roles/audit/recorded-lines.ts';
import { compareHeads } from '../../roles/proofs/remembered-head.ts';
import { comparedWith, recordedTree } from '../../roles/proofs/recorded-tree.ts';

const NAME = 'remembered head';

/** Judges the recording's head by the remembered one and, where it fits, remembers it instead. */
export async function checkRemembered(
  file: string,
  { ndjson, checkpoint }: { readonly ndjson: Recorded; readonly checkpoint: string },
  { verifierKey, checks }: AuditReport,
  nowMs: () => number,
): Promise<Check> {
  const startedMs = nowMs();
  const end = (status: Check['status'], detail: string): Check => ({
    name: NAME,
    status,
    detail,
    sequence: null,
    elapsedMs: nowMs() - startedMs,
  });
  const signed = checks.find(({ name }) => name === 'checkpoint signature');
  if (verifierKey === null || signed?.status !== 'ok')
    return end('skipped', 'this recording has no head that verifies');
  const remembered = existsSync(file) ? readFileSync(file, 'utf8') : null;
  const tree = await recordedTree(piecesOf(ndjson), checkpoint, comparedWith(sizesIn(remembered)));
  if (isLeft(tree)) return end('failed', tree.left.message);
  const verdict = compareHeads(remembered, tree.right, verifierKey);
  if (verdict.fits) {
    // Half a note would forget what was promised; a rename is all or nothing.
    writeFileSync(`${file}.new`, checkpoint);
    renameSync(`${file}.new`, file);
    return end('ok', verdict.detail);
  }
  if (verdict.evidence === null) return end('failed', verdict.detail);
  writeFileSync(`${file}.fork`, verdict.evidence);
  return end('failed', `${verdict.detail}; evidence in ${file}.fork`);
}

/** What is no head is told by whoever compares. */
function sizesIn(remembered: string | null): number[] {
  const head = remembered === null ? null : parseCheckpoint(remembered);
  return head === null || isLeft(head) ? [] : [head.right.size];
}
