/**
 * `daybook payout`: prove offline what one may claim, check such a proof or a signed settlement with
 * nothing but the authority's key, claim, and name the address that exports pay to.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { base64Of } from '../../events/base64.ts';
import { evmAddress } from '../../events/catalogue/payout.ts';
import { label } from '../../events/codecs.ts';
import { parseVerifierKey } from '../../events/note.ts';
import { parseInclusionProof } from '../../events/proof-text.ts';
import { findParty } from '../../roles/explain/party.ts';
import { checkQuorum } from '../../roles/proofs/quorum.ts';
import {
  PAYOUT_PROOF,
  provePayout,
  verifyPayoutProof,
} from '../../roles/settlements/payout-proof.ts';
import type { ProvenSettlement, SignedSettlement } from '../../roles/settlements/signed.ts';
import { verifyStatement } from '../../roles/settlements/statement.ts';
import { withVerifier } from '../context/setting-option.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { count, decimal, many, members, orNull, string } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { mustBeTrustedFor, originIn } from '../context/trusted-for.ts';
import { hanging } from '../terminal/layout.ts';
import { fileJson } from '../terminal/named-files.ts';
import { writeOut } from '../exports/write-out.ts';
import { readKey } from '../ledger/ledger-options.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import { colour, print } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { microUnits } from '../terminal/micro-units.ts';
import type { SettlementOptions } from '../proving/proof-options.ts';
import { openSettlement, withSettlement } from '../proving/proof-options.ts';
import type { QuorumOptions } from '../proving/witness-options.ts';
import { quorumOf, withQuorum } from '../proving/witness-options.ts';

interface ProveOptions extends SettlementOptions {
  readonly output?: string;
}
interface VerifyOptions extends QuorumOptions, OutputOptions {
  readonly key: string;
}
interface ClaimOptions extends LeverOptions {
  readonly destination: string;
}

interface Claimable {
  readonly participant: string;
  /** Micro-units, of all periods together. */
  readonly cumulative: string;
}

interface ProvenPayouts {
  readonly run: string;
  readonly period: number;
  readonly settlement: number;
  readonly root: string;
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly root: string };
  /** Of a whole settlement; null of one payout. */
  readonly total: string | null;
  readonly payouts: readonly Claimable[];
}

const claimable: Shape<Claimable> = members({ participant: string, cumulative: decimal });

const provenOutput: Output<ProvenPayouts, Claimable> = {
  doc: 'What is proven to be claimable; a row is a participant.',
  shape: members({
    run: string,
    period: count,
    settlement: count,
    root: string,
    checkpoint: members({ origin: string, size: count, root: string }),
    total: orNull(decimal),
    payouts: many(claimable),
  }),
  rowShape: claimable,
  rows: ({ payouts }) => payouts,
  columns: [
    column('participant', ({ participant }) => participant),
    column('may claim in all', ({ cumulative }) => money(cumulative)),
  ],
};

export function registerPayout(program: Command): void {
  const payout = program.command('payout').description('claim what a participant has earned');
  withSettlement(payout.command('prove').description('prove what a participant may claim in all'))
    .argument('<participant>', 'name, public key or the beginning of one')
    .option('-o, --output <file>', 'where to; default: standard output')
    .action(prove);
  withVerifier(
    withQuorum(
      withOutput(
        payout.command('verify').description('check such a proof, or a signed settlement'),
        provenOutput,
      ),
    ),
    'verifier key of the authority to trust',
    { isNeeded: true },
  )
    .argument('<file>', 'that `payout prove` or `settlement sign` wrote')
    .action(verify);
  withSigning(
    payout.command('claim').description('take what is claimable out of the ledger'),
    'seed of the participant',
  )
    .argument('<amount>', 'micro-units')
    .requiredOption('--destination <text>', 'where it is paid outside')
    .action(claim);
  withSigning(
    payout.command('address').description('name the EVM address that exports pay to'),
    'seed of the participant',
  )
    .argument('<address>', '0x and 40 hex digits')
    .action(nameAddress);
}

async function prove(who: string, options: ProveOptions): Promise<void> {
  const { tree, settlement } = await openSettlement(options);
  const found = findParty(settlement.books, who);
  if (found._tag === 'Left') throw new Exit(EXIT.failed, found.left);
  const party = found.right;
  const proof = provePayout(tree, settlement, party.participant);
  if (proof === null)
    throw new Exit(
      EXIT.failed,
      `${party.name} had nothing to claim at settlement ${settlement.event.sequence}`,
    );
  const text = `${JSON.stringify(proof, null, 2)}\n`;
  writeOut(text, options.output);
}

function verify(path: string, options: VerifyOptions, command: Command): void {
  const parsed = parseVerifierKey(options.key);
  if (isLeft(parsed)) throw new Exit(EXIT.usage, `--key: ${parsed.left.message}`);
  const value = fileJson(path, EXIT.mismatch);
  mustBeTrustedFor(command, originOfSettlement(value));
  const isPayout = (value as { readonly format?: unknown } | null)?.format === PAYOUT_PROOF;
  if (isPayout) verifyOne(value, options);
  else verifyAll(value, options);
}

/** Of the signed head in either of the two; they are not decoded yet. */
function originOfSettlement(value: unknown): string | null {
  const proof = (value as { settlement?: { proof?: unknown } } | null)?.settlement?.proof;
  return typeof proof === 'string' ? originIn(proof) : null;
}

function verifyOne(value: unknown, options: VerifyOptions): void {
  const proven = verifyPayoutProof(options.key, value);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `the proof fails: ${proven.left.message}`);
  const { participant, cumulative, settlement } = proven.right.proof;
  const witnesses = cosigned(settlement, options);
  const payouts = [{ participant, cumulative }];
  tell(provenOutput, { ...summaryOf(proven.right), total: null, payouts }, options, () => {
    sayHead(proven.right, witnesses);
    say('payout', `${participant} may claim ${money(cumulative)} in all`);
  });
}

function verifyAll(value: unknown, options: VerifyOptions): void {
  const proven = verifyStatement(options.key, value);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `the statement fails: ${proven.left.message}`);
  const { payouts, settlement } = proven.right.statement;
  const witnesses = cosigned(settlement, options);
  const { total } = proven.right.event.data;
  tell(provenOutput, { ...summaryOf(proven.right), total, payouts }, options, () => {
    sayHead(proven.right, witnesses);
    say('payouts', `${payouts.length} participants may claim ${money(total)} in all`);
  });
}

const summaryOf = ({ event, checkpoint }: ProvenSettlement) => ({
  run: event.data.run,
  period: event.data.period,
  settlement: event.sequence,
  root: event.data.root,
  checkpoint: {
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: base64Of(checkpoint.root),
  },
});

function cosigned({ proof }: SignedSettlement, options: VerifyOptions): string | null {
  const quorum = quorumOf(options);
  const parsed = parseInclusionProof(proof);
  if (quorum === null || isLeft(parsed)) return null;
  const checked = checkQuorum(parsed.right.checkpoint, quorum);
  if (isLeft(checked)) throw new Exit(EXIT.mismatch, checked.left);
  return checked.right;
}

function sayHead({ event, checkpoint }: ProvenSettlement, witnesses: string | null): void {
  const { origin, size, root } = checkpoint;
  say('checkpoint signature', `${origin}, ${size} entries, root ${base64Of(root)}`);
  if (witnesses !== null) say('witnesses', witnesses);
  const { run, period, cause } = event.data;
  say('settlement', `entry ${event.sequence}: run ${run}, period ${period} ${cause}`);
}

const say = (what: string, detail: string): void =>
  print(hanging(`${colour.green('ok     ')} ${what.padEnd(21)} `, detail));

async function claim(text: string, options: ClaimOptions): Promise<void> {
  const amount = microUnits('<amount>', text);
  const { destination } = options;
  if (!label.is(destination))
    throw new Exit(EXIT.usage, '--destination: 1 to 200 printable characters');
  const participant = readKey(options.key).actor;
  const data = { participant, amount, destination };
  await sendAsOperator('claim', options, { type: 'daybook.payout.claimed.v1', data });
}

async function nameAddress(text: string, options: LeverOptions): Promise<void> {
  const address = text.toLowerCase();
  if (!evmAddress.is(address)) throw new Exit(EXIT.usage, `"${text}" is no EVM address`);
  const participant = readKey(options.key).actor;
  const data = { participant, address };
  await sendAsOperator('address', options, { type: 'daybook.payout.addressed.v1', data });
}
