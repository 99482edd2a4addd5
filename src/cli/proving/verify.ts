/**
 * `daybook verify`: checks a proof offline against a verifier key that one trusts already; needs
 * neither the ledger nor a recording. With --tiles it makes the proof itself from what somebody
 * serves. Evidence of a contradiction is checked by the key that it accuses. Lists what holds; exits 3 when something does not.
 */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { base64Of } from '../../events/base64.ts';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import type { Checkpoint } from '../../events/checkpoint.ts';
import { decodeEntry } from '../../events/entry.ts';
import { parseVerifierKey } from '../../events/note.ts';
import { parseInclusionProof, verifyInclusionProof } from '../../events/proof-text.ts';
import { verifyEntrySignature } from '../../events/statement.ts';
import { ARCHIVED_HEADER, verifyArchived } from '../../roles/proofs/archived-record.ts';
import { CONFLICTS } from '../../events/conflict.ts';
import { EQUIVOCATION_HEADER, verifyEquivocation } from '../../events/equivocation.ts';
import { FORK_HEADER, verifyFork } from '../../events/fork-evidence.ts';
import { checkQuorum } from '../../roles/proofs/quorum.ts';
import {
  parsePrefixProof,
  PREFIX_PROOF_HEADER,
  verifyPrefixProof,
} from '../../events/prefix-proof.ts';
import type { Prefix } from '../../events/prefix-proof.ts';
import { withVerifier } from '../context/setting-option.ts';
import { mustBeTrustedFor, originIn } from '../context/trusted-for.ts';
import { withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes } from '../terminal/named-files.ts';
import { makeInclusion, makePrefixes } from './make-proof.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour } from '../terminal/output.ts';
import { tileSource } from './proof-source.ts';
import { provenOutput, Verification } from './verification.ts';
import { registerVerifyStatement } from './verify-statement.ts';
import type { QuorumOptions } from './witness-options.ts';
import { quorumOf, withQuorum } from './witness-options.ts';

interface VerbOptions extends QuorumOptions, OutputOptions {
  readonly key?: string | undefined;
  readonly tiles?: string;
  readonly entry?: string;
  readonly old?: string;
  readonly fork?: boolean;
}

interface VerifyOptions extends VerbOptions {
  readonly key: string;
  readonly told: Verification;
}

export function registerVerify(program: Command): void {
  const verb = program
    .command('verify')
    .description('check a proof: one entry, or that the log only grew');
  registerVerifyStatement(verb);
  withVerifier(
    withQuorum(withOutput(verb, provenOutput)),
    'verifier key to trust: <name>+<id>+<base64>',
  )
    .argument('[proof]', 'file that `daybook prove` wrote; left out with --tiles')
    .option('--tiles <url>', 'check against the log that is served there, in tiles')
    .option('--entry <file>', 'the entry that the proof is about: its line')
    .option('--old <checkpoint>', 'a signed checkpoint kept from before; must be a proven prefix')
    .option('--fork', 'the file is evidence that the key signed two logs; exits 0 when it holds')
    .action(verify);
}

async function verify(
  path: string | undefined,
  options: VerbOptions,
  command: Command,
): Promise<void> {
  await Verification.of(options, (told) => verifyTold(path, { ...options, told }, command));
}

async function verifyTold(
  path: string | undefined,
  options: VerbOptions & Pick<VerifyOptions, 'told'>,
  command: Command,
): Promise<void> {
  const { key, tiles, fork } = options;
  if ((path === undefined) === (tiles === undefined))
    throw new Exit(EXIT.usage, 'name the file of a proof, or --tiles <url>, one of the two');
  const file = path === undefined ? null : fileBytes(path).toString('utf8');
  if (file?.startsWith(`${EQUIVOCATION_HEADER}\n`) === true)
    // Whom a context trusts has nothing to do with whom the evidence is about.
    return verifyContradiction(
      file,
      command.getOptionValueSource('key') === 'cli' ? options : { ...options, key: undefined },
    );
  if (key === undefined) throw new Exit(EXIT.usage, 'whose signature is to be trusted? Say --key');
  const parsed = parseVerifierKey(key);
  if (isLeft(parsed)) throw new Exit(EXIT.usage, `--key: ${parsed.left.message}`);
  const trusting = { ...options, key };
  const proof = file ?? (await proofFromTiles(trusting, command));
  mustBeTrustedFor(command, originIn(proof));
  if (fork === true || proof.startsWith(`${FORK_HEADER}\n`)) verifyEvidence(proof, trusting);
  else if (proof.startsWith(`${PREFIX_PROOF_HEADER}\n`)) verifyPrefixes(proof, trusting);
  else if (proof.startsWith(`${ARCHIVED_HEADER}\n`)) verifyArchivedRecord(proof, trusting);
  else verifyEntry(proof, trusting);
}

/** Needs no key: the evidence names the one that it is about. */
function verifyContradiction(
  evidence: string,
  options: VerbOptions & Pick<VerifyOptions, 'told'>,
): void {
  const { say } = options.told;
  const { key, entry, old, fork, witnessKey } = options;
  if ((key ?? entry ?? old ?? fork) !== undefined || witnessKey.length > 0)
    throw new Exit(EXIT.usage, 'evidence against an author is checked by itself: no options');
  const proven = verifyEquivocation(evidence);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `nobody is convicted: ${proven.left.message}`);
  const { conflict, statements } = proven.right;
  for (const { type, subject, commandid } of statements)
    say('author signature', `${type}, ${subject}, command ${commandid}`);
  say('contradiction', `${conflict}: ${CONFLICTS[conflict]}`);
  say('author', statements[0].actor);
}

/** Of the entry or the old head that the options name; of the served head alone, its own prefix. */
async function proofFromTiles(
  { tiles, key, entry, old, fork, quiet }: VerifyOptions,
  command: Command,
): Promise<string> {
  if (fork === true) throw new Exit(EXIT.usage, '--fork is about a file');
  if (entry !== undefined && old !== undefined)
    throw new Exit(EXIT.usage, 'name --entry or --old, one of the two');
  const source = await tileSource(tiles as string, key, command, quiet);
  if (entry === undefined) {
    const kept = old === undefined ? null : verifyCheckpoint(key, fileBytes(old).toString('utf8'));
    if (kept !== null && isLeft(kept))
      throw new Exit(EXIT.mismatch, `the old checkpoint: ${kept.left.message}`);
    const size = kept === null ? source.size : kept.right.size;
    if (size > source.size)
      throw new Exit(EXIT.mismatch, `the log shrank: ${size} entries before, ${source.size} now`);
    return await makePrefixes(source, [size]);
  }
  const line = decodeEntry(lineIn(entry));
  if (isLeft(line)) throw new Exit(EXIT.mismatch, `no entry: ${line.left.message}`);
  const { sequence } = line.right;
  if (sequence >= source.size)
    throw new Exit(EXIT.mismatch, `the head served has ${source.size} entries, none ${sequence}`);
  return (await makeInclusion(source, sequence)).proof;
}

function verifyArchivedRecord(text: string, options: VerifyOptions): void {
  const { say } = options.told;
  const { key, entry, old } = options;
  if ((entry ?? old) !== undefined)
    throw new Exit(EXIT.usage, 'a proof of an archived record holds the record: no such options');
  const proven = verifyArchived(key, text);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `the proof fails: ${proven.left.message}`);
  const { proof, checkpoint } = proven.right;
  sayHead(options.told, checkpoint);
  sayCosigned(proof.checkpoint, options);
  say('inclusion', `record ${proof.index} of ${proof.size} archived ${proof.kind}`);
  say('record', proof.record);
  const root = base64Of(proof.root);
  options.told.note(
    `${colour.dim('folded ')} the root of the ${proof.kind} is ${root}: hold it against\n` +
      `        daybook replay --at ${checkpoint.size - 1}, which folds the ledger and prints it`,
  );
}

function verifyEntry(proof: string, options: VerifyOptions): void {
  const { say } = options.told;
  const { key, entry, old } = options;
  if (entry === undefined) throw new Exit(EXIT.usage, 'a proof of one entry needs --entry <file>');
  if (old !== undefined) throw new Exit(EXIT.usage, '--old belongs to a proof of prefixes');
  const line = lineIn(entry);
  const proven = verifyInclusionProof(key, line, proof);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `the proof fails: ${proven.left.message}`);
  const { index, checkpoint } = proven.right;
  sayHead(options.told, checkpoint);
  const parsed = parseInclusionProof(proof);
  if (isRight(parsed)) sayCosigned(parsed.right.checkpoint, options);
  say('inclusion', `entry ${index} is this line, byte for byte`);
  const decoded = decodeEntry(line);
  if (isLeft(decoded)) throw new Exit(EXIT.mismatch, `no entry: ${decoded.left.message}`);
  const { sequence, type, sig, actor } = decoded.right;
  if (sequence !== index)
    throw new Exit(EXIT.mismatch, `the entry calls itself ${sequence}, it stands at ${index}`);
  say('entry', `${type}, sequence ${sequence}`);
  if (sig === undefined) return;
  if (!verifyEntrySignature(decoded.right))
    throw new Exit(EXIT.mismatch, `the author's signature does not fit: ${actor}`);
  say('author signature', `by ${actor}`);
}

function verifyPrefixes(proof: string, options: VerifyOptions): void {
  const { say } = options.told;
  const { key, entry, old } = options;
  if (entry !== undefined) throw new Exit(EXIT.usage, '--entry belongs to a proof of one entry');
  const proven = verifyPrefixProof(key, proof);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `the proof fails: ${proven.left.message}`);
  const { prefixes, checkpoint } = proven.right;
  sayHead(options.told, checkpoint);
  const parsed = parsePrefixProof(proof);
  if (isRight(parsed)) sayCosigned(parsed.right.checkpoint, options);
  for (const { size, root } of prefixes)
    say('prefix', `the first ${size} entries have root ${base64Of(root)}`);
  if (old !== undefined) verifyOld(fileBytes(old).toString('utf8'), options, prefixes);
}

function verifyEvidence(evidence: string, options: VerifyOptions): void {
  const { say } = options.told;
  const { key, entry, old, fork } = options;
  if (quorumOf(options) !== null)
    throw new Exit(EXIT.usage, 'two signatures convict, whoever cosigned: no --witness-key');
  if (fork !== true) throw new Exit(EXIT.usage, 'this is evidence of a fork: say --fork');
  if ((entry ?? old) !== undefined)
    throw new Exit(EXIT.usage, '--entry and --old do not go with --fork');
  const proven = verifyFork(key, evidence);
  if (isLeft(proven)) throw new Exit(EXIT.mismatch, `no fork is proven: ${proven.left.message}`);
  sayHead(options.told, proven.right.head);
  sayHead(options.told, proven.right.other);
  say('fork', 'no log has both heads; the key signed both');
}

function verifyOld(note: string, { key, told }: VerifyOptions, prefixes: readonly Prefix[]): void {
  const signed = verifyCheckpoint(key, note);
  if (isLeft(signed)) throw new Exit(EXIT.mismatch, `the old checkpoint: ${signed.left.message}`);
  const { size, root } = signed.right;
  const prefix = prefixes.find((one) => one.size === size);
  if (prefix === undefined)
    throw new Exit(EXIT.failed, `the proof says nothing about the old head's ${size} entries`);
  if (Buffer.compare(prefix.root, root) !== 0)
    throw new Exit(EXIT.mismatch, `the signer signed another root for the first ${size} entries`);
  told.say('old checkpoint', `signed, and a prefix: ${size} entries`);
}

const sayHead = ({ say }: Verification, { origin, size, root }: Checkpoint): void =>
  say('checkpoint signature', `${origin}, ${size} entries, root ${base64Of(root)}`);

function sayCosigned(checkpoint: string, options: VerifyOptions): void {
  const quorum = quorumOf(options);
  if (quorum === null) return;
  const cosigned = checkQuorum(checkpoint, quorum);
  if (isLeft(cosigned)) throw new Exit(EXIT.mismatch, cosigned.left);
  options.told.say('witnesses', cosigned.right);
}

function lineIn(path: string): Uint8Array {
  const bytes = fileBytes(path);
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}
