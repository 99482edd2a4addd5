/** `daybook errors`: every code that a refusal - of a command, of an export - or a fault can carry, what it means and what to do. */
import type { Command } from 'commander';
import { FAULTS } from '../../commands/ports/fault.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { EXPORT_REFUSALS } from '../../roles/exports/refusal.ts';
import { later, REFUSAL } from '../../roles/explain/telling/refusal.ts';
import { boolean, members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { column, listOutput, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { nearest } from '../terminal/nearest.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, facts, print } from '../terminal/output.ts';
import { USAGES } from '../terminal/usage-codes.ts';

export interface ErrorEntry {
  readonly code: string;
  readonly kind: 'refusal' | 'export' | 'fault' | 'usage';
  /** Whether the same command or export can succeed later unchanged; a fault says so when it happens. */
  readonly retryable: boolean | null;
  readonly advice: string;
}

export const errorCatalogue: readonly ErrorEntry[] = [
  ...Object.entries(REFUSALS).map(([code, info]): ErrorEntry => ({
    code,
    kind: 'refusal',
    ...info,
  })),
  ...Object.entries(EXPORT_REFUSALS).map(([code, info]): ErrorEntry => ({
    code,
    kind: 'export',
    ...info,
  })),
  ...Object.entries(FAULTS).map(([code, advice]): ErrorEntry => ({
    code,
    kind: 'fault',
    retryable: null,
    advice,
  })),
  ...Object.entries(USAGES).map(([code, advice]): ErrorEntry => ({
    code,
    kind: 'usage',
    retryable: false,
    advice,
  })),
];

const entryShape: Shape<ErrorEntry> = members({
  code: string,
  kind: words('refusal', 'export', 'fault', 'usage'),
  retryable: orNull(boolean),
  advice: string,
});

const columns = [
  column<ErrorEntry>('code', ({ code }) => code),
  column<ErrorEntry>('kind', ({ kind }) => kind),
  column<ErrorEntry>('later', ({ retryable }) => (retryable === null ? null : yesOrNo(retryable))),
  column<ErrorEntry>('what to do', ({ advice }) => advice),
];

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

const everyCode = listOutput(
  'Every code; retryable is null where each says it.',
  entryShape,
  columns,
);
export const oneCode = oneOutput('One code.', entryShape, columns);

/** @throws Exit usage, with the code that was perhaps meant */
export function lookup(code: string, among = errorCatalogue): ErrorEntry {
  const found = among.find((entry) => entry.code === code);
  if (found !== undefined) return found;
  const close = nearest(
    code,
    among.map((entry) => entry.code),
  );
  const hint = close === null ? 'see `daybook errors ls`' : `did you mean ${close}?`;
  throw new Exit(EXIT.usage, `no error has the code "${code}"; ${hint}`);
}

export function registerErrors(program: Command): void {
  const errors = program
    .command('errors')
    .description('say what the codes of refusals and faults mean');
  withOutput(errors.command('ls').description('list every code'), everyCode).action(
    (options: OutputOptions) => tell(everyCode, errorCatalogue, options),
  );
  withOutput(errors.command('lookup').description('explain one code'), oneCode)
    .argument('<code>', 'such as bad_signature')
    .action((code: string, options: OutputOptions) => {
      const entry = lookup(code);
      tell(oneCode, entry, options, () => print(errorText(entry)));
    });
}

export function errorText(entry: ErrorEntry): string {
  const what = {
    refusal: REFUSAL,
    export: 'refusal of an export: the ledger does not hold it yet, or the format cannot say it',
    usage: 'usage: the command line, or what it was set up with, is wrong',
    fault: 'fault: the world did not do what was asked; the message says whether to retry',
  };
  const subject = entry.kind === 'export' ? 'export' : 'command';
  const again =
    entry.retryable === null ? [] : [['later', later(subject, entry.retryable)] as const];
  return facts([
    ['code', colour.bold(entry.code)],
    ['kind', what[entry.kind]],
    ...again,
    ['what to do', entry.advice],
  ]);
}
