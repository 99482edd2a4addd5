/** `daybook errors`: every code that a refusal - of a command, of an export - or a fault can carry, what it means and what to do. */
import type { Command } from 'commander';
import { FAULTS } from '../../commands/ports/fault.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { EXPORT_REFUSALS } from '../../roles/exports/refusal.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { nearest } from '../terminal/nearest.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, facts, print, printJson, table, withOutput } from '../terminal/output.ts';

export interface ErrorEntry {
  readonly code: string;
  readonly kind: 'refusal' | 'export' | 'fault';
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
];

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
    .description('what the codes of refusals and faults mean');
  withOutput(errors.command('ls').description('list every code'), 'table', 'json', 'jsonl').action(
    ({ output }: OutputOptions) => {
      if (output === 'json') printJson(errorCatalogue);
      else if (output === 'jsonl') for (const entry of errorCatalogue) print(JSON.stringify(entry));
      else
        print(
          table(
            ['code', 'kind', 'later', 'what to do'],
            errorCatalogue.map((entry) => [entry.code, entry.kind, later(entry), entry.advice]),
          ),
        );
    },
  );
  withOutput(errors.command('lookup').description('explain one code'), 'table', 'json')
    .argument('<code>', 'such as bad_signature')
    .action((code: string, { output }: OutputOptions) => {
      const entry = lookup(code);
      if (output === 'json') printJson(entry);
      else print(errorText(entry));
    });
}

const later = ({ retryable }: ErrorEntry): string =>
  retryable === null ? '-' : retryable ? 'yes' : 'no';

export function errorText(entry: ErrorEntry): string {
  const what = {
    refusal: "refusal: a command's typed no; nothing was recorded",
    export: 'refusal of an export: the ledger does not hold it yet, or the format cannot say it',
    fault: 'fault: the world did not do what was asked; the message says whether to retry',
  };
  const subject = entry.kind === 'export' ? 'export' : 'command';
  const again =
    entry.retryable === null
      ? []
      : [
          [
            'later',
            entry.retryable
              ? `the same ${subject} can succeed later, unchanged`
              : `the same ${subject} will be refused again`,
          ] as const,
        ];
  return facts([
    ['code', colour.bold(entry.code)],
    ['kind', what[entry.kind]],
    ...again,
    ['what to do', entry.advice],
  ]);
}
