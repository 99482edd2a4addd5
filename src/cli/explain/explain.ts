/**
 * `daybook explain`: why somebody was paid or punished, a contribution judged, a window promoted or
 * divided by scores, a command refused - each derived from the entries, each step with the sequence that
 * `log show` takes further.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import type { Evidence } from '../../roles/explain/chronicle.ts';
import { Chronicle } from '../../roles/explain/chronicle.ts';
import { explainOffences } from '../../roles/explain/offence.ts';
import { explainPayout } from '../../roles/explain/payout.ts';
import { explainPromotion } from '../../roles/explain/promotion.ts';
import { explainRefusal, isRefusalCode } from '../../roles/explain/refusal.ts';
import { explainSelection } from '../../roles/explain/selection.ts';
import { explainVerdict } from '../../roles/explain/verdict.ts';
import { tellOffences } from '../../roles/explain/telling/offence.ts';
import { tellPayout } from '../../roles/explain/telling/payout.ts';
import { tellPromotion } from '../../roles/explain/telling/promotion.ts';
import { tellRefusal } from '../../roles/explain/telling/refusal.ts';
import { tellSelection } from '../../roles/explain/telling/selection.ts';
import type { Telling } from '../../roles/explain/telling/telling.ts';
import { tellVerdict } from '../../roles/explain/telling/verdict.ts';
import { tellWeight } from '../../roles/explain/telling/weight.ts';
import { explainWeight } from '../../roles/explain/weight.ts';
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
    .action(async (who: string, options: PayoutOptions) => {
      const period =
        options.period === undefined ? undefined : wholeNumber('--period', options.period);
      const evidence = await gather(options);
      const question = {
        who,
        ...(options.run === undefined ? {} : { run: options.run }),
        ...(period === undefined ? {} : { period }),
      };
      const explained = known(explainPayout(evidence, question));
      show(explained, outputs.payout, tellPayout, options);
      if (explained.agrees === false)
        throw new Exit(EXIT.mismatch, 'the settlement paid something else than the credits give');
    });
  verb(explain, 'verdict', outputs.verdict, 'say why a contribution was judged as it was')
    .argument('<assignment>', '<run>/<window>/<slot>, or <run>/<window>/<slot>/<attempt>')
    .action(async (id: string, options: ExplainOptions) => {
      const explained = known(explainVerdict(await gather(options), id));
      show(explained, outputs.verdict, tellVerdict, options);
    });
  verb(
    explain,
    'offence',
    outputs.offence,
    'say what somebody was found to have done, and what came of it',
  )
    .argument('<participant>', 'name, public key or the beginning of one')
    .action(async (who: string, options: ExplainOptions) => {
      const explained = known(explainOffences(await gather(options), who));
      show(explained, outputs.offence, tellOffences, options);
    });
  verb(
    explain,
    'promotion',
    outputs.promotion,
    'say why the result of a window was promoted or not',
  )
    .argument('<window>', '<run>/<window>')
    .action(async (id: string, options: ExplainOptions) => {
      const explained = known(explainPromotion(await gather(options), id));
      show(explained, outputs.promotion, tellPromotion, options);
      if (explained.agrees === false)
        throw new Exit(EXIT.mismatch, 'the decision is not what the policy gives');
    });
  verb(
    explain,
    'selection',
    outputs.selection,
    'say why these and not others got the slots of a window',
  )
    .argument('<window>', '<run>/<window>')
    .action(async (id: string, options: ExplainOptions) => {
      const explained = known(explainSelection(await gather(options), id));
      show(explained, outputs.selection, tellSelection, options);
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

async function runWeight(who: string, options: WeightOptions): Promise<void> {
  const { run } = options;
  const window = options.window === undefined ? undefined : wholeNumber('--window', options.window);
  const question = {
    who,
    ...(run === undefined ? {} : { run }),
    ...(window === undefined ? {} : { window }),
  };
  const explained = known(explainWeight(await gather(options), question));
  show(explained, outputs.weight, tellWeight, options);
  if (explained.agrees === false)
    throw new Exit(EXIT.mismatch, 'the consensus is not what the scores give');
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
  show(explainRefusal(code, command), outputs.refusal, tellRefusal, options);
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

function show<A, B extends A, R>(
  explained: B,
  output: Output<A, R>,
  telling: (explained: B) => Telling,
  options: ExplainOptions,
): void {
  tell(output, explained, options, () => {
    print(toldText(telling(explained)));
    const reads = options.log !== undefined || options.recording !== undefined;
    if (options.quiet === true || !reads) return;
    const at =
      options.recording === undefined
        ? `--log ${redacted(options.log ?? '')} --ledger ${options.ledger}`
        : `--recording ${options.recording}`;
    print(colour.dim(`\nany entry in full: daybook log show <number after #> ${at}`));
  });
}
