/** `daybook evidence submit`: brings what `daybook evidence` found, or a fork, to the ledger it is about. */
import type { Command } from 'commander';
import { digestOf } from '../../events/digest.ts';
import { EQUIVOCATION_HEADER } from '../../events/equivocation.ts';
import { FORK_HEADER } from '../../events/fork-evidence.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes } from '../terminal/named-files.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';

const ID_DIGITS = 24;

export function registerEvidenceSubmit(evidence: Command): void {
  withSigning(
    evidence
      .command('submit')
      .description('show the ledger evidence that convicts one of its keys; any key may'),
    'seed of whoever submits it',
  )
    .argument('<file>', 'what `daybook evidence` wrote, or evidence of a fork')
    .action(submit);
}

async function submit(file: string, options: LeverOptions): Promise<void> {
  const text = fileBytes(file).toString('utf8');
  // The same evidence is the same command: sent again it changes nothing.
  const id = `evidence-${digestOf(Buffer.from(text)).slice('sha256:'.length).slice(0, ID_DIGITS)}`;
  await sendAsOperator(
    'evidence',
    { ...options, id: options.id ?? id },
    { type: 'daybook.evidence.submitted.v1', data: { kind: kindOf(text), text } },
  );
}

function kindOf(text: string): 'equivocation' | 'fork' {
  if (text.startsWith(`${EQUIVOCATION_HEADER}\n`)) return 'equivocation';
  if (text.startsWith(`${FORK_HEADER}\n`)) return 'fork';
  throw new Exit(EXIT.usage, 'this is neither evidence of a contradiction nor of a fork');
}
