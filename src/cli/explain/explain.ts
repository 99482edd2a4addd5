/**
 * `daybook explain`: why somebody was paid or punished, a contribution judged, a window promoted or
 * divided by scores, a command refused - each derived from the entries, each step with the sequence that
 * `log show` takes further.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import type { Evidence } from '../../roles/explain/chronicle.ts';
import { Chronicle } from '../../roles/explain/chronicle.ts';
import type { Explained, Question } from '../../roles/explain/kinds.ts';
import { EXPLAINED } from '../../roles/explain/kinds.ts';
import { explainRefusal, isRefusalCode } from '../../roles/explain/refusal.ts';
import { tellRefusal } from '../../roles/explain/telling/refusal.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { errorCatalogue, errorText, lookup } from '../reading/errors.ts';
import type { Output } from '../terminal/declared-output.ts';
import { tell, withOutput } from '../terminal/declared-output.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes } from '../terminal/named-files.ts';
import * as outputs from './outputs.ts';
import { toldText } from './told.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print } from '../terminal/output.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface ExplainOptions extends SourceOptions, OutputOptions {
  readonly until?: string;
}
interface PayoutOptions extends ExplainOptions {
  readonly run?: string;
  readonly period?: string;
}
interface WeightOptions extends ExplainOptions {
  readonly run?: string;
  readonly window?: string;
}
interface RefusalOptions extends ExplainOptions {
  readonly command?: string;
}

export function registerExplain(program: Command): void {
  const explain = program
    .command('explain')
    .description('say why it was decided so, entry by entry');
  verb(explain, 'payout', outputs.payout, 'say why somebody was paid what it was paid')
    .argument('<participant>', 'name, public key or the beginning of one')
    .option('--run <name>', 'run; needed where there are several')
    .option('--period <number>', 'reward period; default: the last one settled')
    .action(async (of: string, options: PayoutOptions) => {
      const question = questionOf(of, options);
      const explained = known(EXPLAINED.payout.explain(await gather(options), question));
      show(explained, outputs.payout, options);
      if (explained.explanation.agrees === false)
        throw new Exit(EXIT.mismatch, 'the settlement paid something else than the credits give');
    });
  verb(explain, 'verdict', outputs.verdict, 'say why a contribution was judged as it was')
    .argument('<assignment>', '<run>/<window>/<slot>, or <run>/<window>/<slot>/<attempt>')
    .action(async (of: string, options: ExplainOptions) => {
      const explained = known(EXPLAINED.verdict.explain(await gather(options), { of }));
      show(explained, outputs.verdict, options);
    });
  verb(
    explain,
    'offence',
    outputs.offence,
    'say what somebody was found to have done, and what came of it',
  )
    .argument('<participant>', 'name, public key or the beginning of one')
    .action(async (of: string, options: ExplainOptions) => {
      const explained = known(EXPLAINED.offence.explain(await gather(options), { of }));
      show(explained, outputs.offence, options);
    });
  verb(
    explain,
    'promotion',
    outputs.promotion,
    'say why the result of a window was promoted or not',
  )
    .argument('<window>', '<run>/<window>')
    .action(async (of: string, options: ExplainOptions) => {
      const explained = known(EXPLAINED.promotion.explain(await gather(options), { of }));
      show(explained, outputs.promotion, options);
      if (explained.explanation.agrees === false)
        throw new Exit(EXIT.mismatch, 'the decision is not what the policy gives');
    });
  verb(
    explain,
    'selection',
    outputs.selection,
    'say why these and not others got the slots of a window',
  )
    .argument('<window>', '<run>/<window>')
    .action(async (of: string, options: ExplainOptions) => {
      const explained = known(EXPLAINED.selection.explain(await gather(options), { of }));
      show(explained, outputs.selection, options);
    });
  verb(explain, 'weight', outputs.weight, 'say why somebody has its share of a scored window')
    .argument(
      '<participant>',
      'name, public key or the beginning of one; also <run>/<window>/<participant>',
    )
    .option('--run <name>', 'run; needed where there are several')
    .option('--window <number>', 'default: the last one that was scored')
    .action(runWeight);
  verb(explain, 'refusal', outputs.refusal, 'say why a command was refused')
    .argument('<code>', 'such as stale_revision')
    .option('--command <file>', 'the command as it was sent; it is decided again on the ledger')
    .action(runRefusal);
}

async function runWeight(of: string, options: WeightOptions): Promise<void> {
  const question = questionOf(of, options);
  const explained = known(EXPLAINED.weight.explain(await gather(options), question));
  show(explained, outputs.weight, options);
  if (explained.explanation.agrees === false)
    throw new Exit(EXIT.mismatch, 'the consensus is not what the scores give');
}

/** @throws Exit usage */
function questionOf(
  of: string,
  options: { readonly run?: string; readonly period?: string; readonly window?: string },
): Question {
  const { run, period, window } = options;
  return {
    of,
    ...(run === undefined ? {} : { run }),
    ...(period === undefined ? {} : { period: wholeNumber('--period', period) }),
    ...(window === undefined ? {} : { window: wholeNumber('--window', window) }),
  };
}

const verb = <A, R>(
  explain: Command,
  name: string,
  output: Output<A, R>,
  description: string,
): Command =>
  withOutput(withSource(explain.command(name).description(description)), output).option(
    '--until <sequence>',
    'as of this entry',
  );

async function runRefusal(code: string, options: RefusalOptions): Promise<void> {
  if (!isRefusalCode(code)) {
    const { retryable, advice } = lookup(code, errorCatalogue);
    const entry = { code, retryable, advice, judged: null };
    return tell(outputs.refusal, entry, options, () => print(errorText(lookup(code))));
  }
  const reads = options.log !== undefined || options.recording !== undefined;
  if (reads !== (options.command !== undefined))
    throw new Exit(
      EXIT.usage,
      reads
        ? 'refusals leave no entry: add --command <file> to decide the command again'
        : '--command is decided on a ledger: add --recording <path> or --log <url>',
    );
  const command =
    options.command === undefined
      ? null
      : { bytes: readCommand(options.command), evidence: await gather(options) };
  const explanation = explainRefusal(code, command);
  show({ explanation, telling: tellRefusal(explanation) }, outputs.refusal, options);
}

function readCommand(path: string): Uint8Array {
  // A newline at the end is the editor's, not the command's.
  return Buffer.from(fileBytes(path).toString('utf8').replace(/\n$/, ''));
}

/** Folds the ledger and indexes it on the way. */
async function gather(options: ExplainOptions): Promise<Evidence> {
  return withOpenSource(options, undefined, async (source) => {
    const until = options.until === undefined ? Infinity : wholeNumber('--until', options.until);
    const rebuilt = new Rebuild({ whole: true });
    const chronicle = new Chronicle();
    for await (const { lines, root } of source.chunks()) {
      for (const line of lines) if (rebuilt.size <= until) chronicle.observe(rebuilt.add(line));
      if (rebuilt.size > until) break;
      if (root !== null) rebuilt.checkRoot(root);
    }
    return { books: rebuilt.books, roots: rebuilt.roots, chronicle };
  });
}

/** @throws Exit failed, with what was wrong in the question */
function known<T>(explained: Either<string, T>): T {
  if (explained._tag === 'Right') return explained.right;
  throw new Exit(EXIT.failed, explained.left);
}

function show<A extends object, R>(
  { explanation, telling }: Explained<A>,
  output: Output<A, R>,
  options: ExplainOptions,
): void {
  tell(output, explanation, options, () => {
    print(toldText(telling));
    const reads = options.log !== undefined || options.recording !== undefined;
    if (options.quiet === true || !reads) return;
    const at =
      options.recording === undefined
        ? `--log ${redacted(options.log ?? '')} --ledger ${options.ledger}`
        : `--recording ${options.recording}`;
    print(colour.dim(`\nany entry in full: daybook log show <number after #> ${at}`));
  });
}
