/**
 * `daybook evidence`: whether somebody signed two things that cannot both be honest, in recordings of
 * what should be one ledger, or in commands as they were sent; as a file that `daybook verify` checks
 * anywhere and `daybook evidence submit` brings to the ledger. Exits 0 with evidence, 1 when there is
 * none.
 */
import { existsSync } from 'node:fs';
import { isRight } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { decodeCommand, statementOf } from '../../commands/command.ts';
import { decodeEntry } from '../../events/entry.ts';
import { splitRecording } from '../../events/recording.ts';
import type { SignedStatement } from '../../events/equivocation.ts';
import { findEquivocations } from '../../roles/proofs/find-equivocation.ts';
import { writeOut } from '../exports/write-out.ts';
import { registerEvidenceSubmit } from './evidence-submit.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { counted } from '../terminal/output.ts';
import { fileBytes } from '../terminal/named-files.ts';

interface EvidenceOptions {
  readonly output?: string;
  readonly quiet?: boolean;
}

export function registerEvidence(program: Command): void {
  const evidence = program.command('evidence');
  registerEvidenceSubmit(evidence);
  evidence
    .description('find two things that one author signed and that cannot both be honest')
    .argument('<files...>', 'recordings, or files of commands, one a line')
    .option('-o, --output <file>', 'where to; default: standard output')
    .option('-q, --quiet', 'no progress')
    .action(findEvidence);
}

function findEvidence(files: readonly string[], { output, quiet }: EvidenceOptions): void {
  const found = [...findEquivocations(statementsIn(files, quiet))];
  const [first] = found;
  if (first === undefined) throw new Exit(EXIT.failed, 'nothing that was signed conflicts');
  writeOut(first, output);
  if (found.length > 1)
    process.stderr.write(`the first of ${found.length} contradictions was written\n`);
}

function* statementsIn(files: readonly string[], quiet?: boolean): Generator<SignedStatement> {
  for (const file of files) {
    let signed = 0;
    for (const line of counted('statements', [...splitRecording(read(file))], quiet)) {
      const one = signedIn(line);
      if (one === null) continue;
      signed += 1;
      yield one;
    }
    if (signed === 0) throw new Exit(EXIT.failed, `${file} holds no signed entry and no command`);
  }
}

/** Null for a line in which nobody asserts anything under a signature. */
function signedIn(line: Uint8Array): SignedStatement | null {
  const entry = decodeEntry(line);
  if (isRight(entry)) {
    const { actor, commandid, data, source, subject, type, sig } = entry.right;
    if (sig === undefined) return null;
    return { statement: { actor, commandid, data, source, subject, type }, sig };
  }
  const command = decodeCommand(line);
  if (!isRight(command)) return null;
  return { statement: statementOf(command.right), sig: command.right.sig };
}

function read(path: string): Buffer {
  const file = existsSync(path) ? path : `${path}.ndjson`;
  return fileBytes(file, path);
}
