/** What light clients and witnesses read: cosignatures, requests to witnesses, archived records. */
import * as E from 'fp-ts/lib/Either.js';
import { base64Of } from '../../../events/base64.ts';
import { cosign, cosignaturesOf, parseWitnessKeys } from '../../../events/cosignature.ts';
import { leafHash } from '../../../events/merkle.ts';
import { parseNote, verifierKeyOf } from '../../../events/note.ts';
import { WINDOWS_KEPT } from '../../../projections/archive.ts';
import {
  formatArchived,
  parseArchived,
  parseRecordName,
  proveArchived,
  verifyArchived,
} from '../../../roles/proofs/archived-record.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from '../../../roles/witness/add-checkpoint.ts';
import { keyNamed } from '../../desk.ts';
import { longRun } from '../../long-run.ts';
import { signedHead, verifierKey } from '../../signed-story.ts';
import { editLines } from '../line-edits.ts';
import { bytesOfText, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const desk = longRun(WINDOWS_KEPT + 4);
const head = signedHead(desk.lines);
const fileText = (input: Uint8Array): string => Buffer.from(input).toString('utf8');

const records = ['windows:r/0', 'windows:r/3', 'periods:r/1', 'periods:r/40'].map((text) => {
  const name = parseRecordName(text);
  const proof = name === undefined ? null : proveArchived(desk.lines, name, head);
  if (proof === null) throw new Error(`no record ${text}`);
  return proof;
});

/** Under a root that the ledger folds to, only what was archived. */
function feedArchivedClaim(input: Uint8Array): boolean {
  const claim = verifyArchived(verifierKey, fileText(input));
  if (E.isLeft(claim)) return false;
  const { proof } = claim.right;
  const same = records.filter(({ root }) => base64Of(root) === base64Of(proof.root));
  promise(
    same.length === 0 || same.some(({ record }) => record === proof.record),
    'it verifies a record that is not in this archive',
  );
  return true;
}

const hashes = desk.lines.slice(0, 3).map((line) => leafHash(line));
const witness = keyNamed('witness');
const witnessKeys = parseWitnessKeys([
  verifierKeyOf('witness.example/w', witness.actor, 'cosignatureV1'),
]);
if (E.isLeft(witnessKeys)) throw new Error(witnessKeys.left.message);
const noteText = head.slice(0, head.indexOf('\n\n') + 1);
const TIMES = [1, 1_800_000_000, 2 ** 40];
const cosigned = TIMES.map(
  (seconds) => head + cosign(witness, 'witness.example/w', noteText, seconds),
);

function feedCosigned(input: Uint8Array): boolean {
  const note = parseNote(looseText(input));
  if (E.isLeft(note)) return false;
  const found = cosignaturesOf(note.right, E.isRight(witnessKeys) ? witnessKeys.right : []);
  if (E.isLeft(found)) return false;
  for (const { timeSeconds } of found.right)
    promise(
      note.right.text === noteText && TIMES.includes(timeSeconds),
      'a witness is said to have cosigned what it did not',
    );
  return true;
}

export const provableTargets: readonly FuzzTarget[] = [
  {
    name: 'cosignature',
    samples: cosigned.map(bytesOfText),
    edits: [editLines],
    feed: feedCosigned,
  },
  {
    name: 'add-checkpoint',
    samples: [0, 1, 3].map((count) =>
      bytesOfText(
        formatAddCheckpoint({ oldSize: count, path: hashes.slice(0, count), checkpoint: head }),
      ),
    ),
    edits: [editLines],
    feed: feedRoundTrip({
      decode: (input) => {
        const parsed = parseAddCheckpoint(fileText(input));
        return E.isRight(parsed) ? parsed.right : undefined;
      },
      encode: (request) => bytesOfText(formatAddCheckpoint(request)),
    }),
  },
  {
    name: 'archived-record',
    samples: records.map((proof) => bytesOfText(formatArchived(proof))),
    edits: [editLines],
    feed: feedRoundTrip({
      decode: (input) => {
        const parsed = parseArchived(fileText(input));
        return E.isRight(parsed) ? parsed.right : undefined;
      },
      encode: (proof) => bytesOfText(formatArchived(proof)),
    }),
  },
  {
    name: 'archived-claim',
    samples: records.map((proof) => bytesOfText(formatArchived(proof))),
    edits: [editLines],
    feed: feedArchivedClaim,
  },
];
