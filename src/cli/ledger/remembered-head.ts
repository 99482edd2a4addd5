/**
 * The head that an auditor keeps between audits: a file with the signed note as it was seen. A head
 * that does not fit leaves it as it is; a fork is written out beside it as `<file>.fork`.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { AuditReport } from '../../roles/audit/audit.ts';
import type { Check } from '../../roles/audit/check.ts';
import { compareHeads } from '../../roles/proofs/remembered-head.ts';
import { signedTree } from '../../roles/proofs/signed-tree.ts';
import type { RecordingFiles } from './recording-files.ts';

const NAME = 'remembered head';

/** Judges the recording's head by the remembered one and, where it fits, remembers it instead. */
export function checkRemembered(
  file: string,
  { ndjson, checkpoint }: RecordingFiles,
  { verifierKey, checks }: AuditReport,
  nowMs: () => number,
): Check {
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
  const tree = signedTree(ndjson, checkpoint);
  if (isLeft(tree)) return end('failed', tree.left.message);
  const remembered = existsSync(file) ? readFileSync(file, 'utf8') : null;
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
