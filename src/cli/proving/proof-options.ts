/** Where verbs that prove find the ledger and its signed head: a recording, or a live ledger. */
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { inclusionProof } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import type { SignedTree } from '../../roles/proofs/signed-tree.ts';
import type { Settlement } from '../../roles/settlements/published.ts';
import { looksSettled, SettlementSearch } from '../../roles/settlements/published.ts';
import { withLedgerIfAny } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { ProofSource } from './proof-source.ts';
import { ledgerSource, recordingSource } from './proof-source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface SettlementOptions {
  readonly recording?: string;
  readonly log?: string;
  readonly ledger: string;
  readonly settlement?: string;
  readonly quiet?: boolean;
}

export const withSettlement = (command: Command): Command =>
  withLedgerIfAny(
    command.option(
      '--recording <path>',
      'a recording with its checkpoint, with or without .ndjson',
    ),
    'a live ledger, under the head its authority signs now',
    ['recording'],
  )
    .option('--settlement <sequence>', 'entry of the settlement; default: the last one')
    .option('-q, --quiet', 'no progress');

export interface OpenSettlement {
  readonly tree: SignedTree;
  readonly settlement: Settlement;
}

/** @throws Exit when there is no such settlement, or the log does not hold */
export async function openSettlement(options: SettlementOptions): Promise<OpenSettlement> {
  const { recording, log, ledger, quiet } = options;
  if ((recording === undefined) === (log === undefined))
    throw new Exit(EXIT.usage, 'say what to read: --recording <path> or --log <url>, one of them');
  const source =
    recording === undefined
      ? await ledgerSource(log as string, ledger, quiet)
      : recordingSource(recording, quiet);
  const sequence =
    options.settlement === undefined
      ? await lastSettlement(source)
      : wholeNumber('--settlement', options.settlement, 0, source.size - 1);
  // The head's own entries, or none of them; what is published of a settlement proves its entry.
  const tree = await source.treeFor((subtree) => {
    if (sequence !== undefined) inclusionProof(sequence, source.size, subtree);
  });
  const found = await settlementIn(source, sequence);
  if (isLeft(found))
    throw new Exit(
      found.left.code === 'settlement_wrong' ? EXIT.mismatch : EXIT.failed,
      `${found.left.code}: ${found.left.message}`,
    );
  return { tree, settlement: found.right };
}

/** As it looks; undefined: none does. */
async function lastSettlement(source: ProofSource): Promise<number | undefined> {
  let last: number | undefined;
  let at = 0;
  for await (const piece of piecesIn(source, 'entries read'))
    for (const line of splitRecording(piece)) {
      if (looksSettled(line)) last = at;
      at += 1;
    }
  // Of more entries than the head counts none is proved: the tree says so.
  return last === undefined || last < source.size ? last : undefined;
}

async function settlementIn(source: ProofSource, sequence: number | undefined) {
  const search = new SettlementSearch(sequence);
  for await (const piece of piecesIn(source, 'entries folded')) {
    for (const line of splitRecording(piece)) search.take(line);
    if (search.isOver) break;
  }
  return search.found;
}

function piecesIn({ pieces }: ProofSource, what: string): AsyncIterable<Uint8Array> {
  if (pieces === null) throw new Error('invariant: it is made from a recording or a ledger');
  return pieces(what);
}
