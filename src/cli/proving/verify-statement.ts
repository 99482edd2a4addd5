/**
 * `daybook verify statement`: whether what `export in-toto` wrote, from whoever it came, is what the
 * entries say. Exits 3 at the first that is proven not to be, 1 where these entries do not decide.
 */
import type { Command } from 'commander';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { decodeEvent } from '../../events/decode-event.ts';
import { isActorId } from '../../events/nkey.ts';
import { parseVerifierKey } from '../../events/note.ts';
import { opens } from '../../events/upcast.ts';
import type { CheckedStatement } from '../../roles/exports/attestation/check-statement.ts';
import { StatementCheck, UNDECIDED } from '../../roles/exports/attestation/check-statement.ts';
import { readAttestation } from '../../roles/exports/attestation/read-attestation.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import { withVerifier } from '../context/setting-option.ts';
import { mustBeTrustedFor } from '../context/trusted-for.ts';
import { withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { counted } from '../terminal/output.ts';
import { fileBytes } from '../terminal/named-files.ts';
import { provenOutput, Verification } from './verification.ts';

interface StatementOptions extends SourceOptions, OutputOptions {
  readonly key?: string;
  readonly signer?: string;
}

export function registerVerifyStatement(verify: Command): void {
  const verb = verify
    .command('statement')
    .description('check provenance that `export in-toto` wrote against the entries');
  withVerifier(
    withSource(withOutput(verb, provenOutput)),
    'verifier key of the head; default: the one the ledger names',
  )
    .argument('<file>', 'a statement or an envelope a line')
    .option('--signer <key>', 'public key that must have signed each envelope')
    .action(verifyStatements);
}

async function verifyStatements(
  file: string,
  options: StatementOptions,
  command: Command,
): Promise<void> {
  await Verification.of(options, (told) => verifyTold(file, options, told, command));
}

async function verifyTold(
  file: string,
  options: StatementOptions,
  told: Verification,
  command: Command,
): Promise<void> {
  const { key = null, signer = null } = options;
  if (signer !== null && !isActorId(signer))
    throw new Exit(EXIT.usage, `--signer: "${signer}" is no public key`, 'no_public_key');
  const parsed = key === null ? null : parseVerifierKey(key);
  if (parsed !== null && isLeft(parsed))
    throw new Exit(EXIT.usage, `--key: ${parsed.left.message}`);
  const attestations = linesIn(file);
  const lines = await entries(options);
  mustBeTrustedFor(command, declaredOrigin(lines));
  const check = new StatementCheck(lines, key, (all) =>
    counted('entries folded', all, options.quiet),
  );
  for (const [index, line] of attestations.entries()) {
    const attestation = readAttestation(line, signer);
    if (isLeft(attestation)) throw failed(index, attestation.left);
    const checked = check.check(attestation.right.text);
    if (isLeft(checked)) throw failed(index, checked.left);
    sayChecked(told, checked.right, attestation.right.signers);
  }
}

function sayChecked(
  { say }: Verification,
  { statement, head }: CheckedStatement,
  signers: readonly string[],
): void {
  const [subject] = statement.subject;
  for (const one of signers) say('signature', `by ${one}`);
  say('head', `${head.origin}, ${head.size} entries`);
  say('statement', `${subject?.name}, sha256:${subject?.digest.sha256}`);
}

function failed(index: number, { code, message }: { code: string; message: string }): Exit {
  const isUndecided = UNDECIDED.has(code) || code === 'attestation_malformed';
  const what = isUndecided ? 'is not decided' : 'does not hold';
  return new Exit(
    isUndecided ? EXIT.failed : EXIT.mismatch,
    `line ${index + 1} ${what}: ${code}: ${message}`,
  );
}

/** That of the ledger's first entry. */
function declaredOrigin([first]: readonly Uint8Array[]): string | null {
  const event = first === undefined ? null : decodeEvent(first);
  return event !== null && isRight(event) && opens(event.right) ? event.right.data.origin : null;
}

const entries = (options: StatementOptions): Promise<Uint8Array[]> =>
  withOpenSource(options, undefined, async (source) => {
    const all: Uint8Array[] = [];
    for await (const { lines } of source.chunks()) all.push(...lines);
    return all;
  });

function linesIn(file: string): string[] {
  const lines = fileBytes(file)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Exit(EXIT.failed, `${file} holds no statement`);
  return lines;
}
