/**
 * `daybook replay`: fold a ledger from nothing and say what comes out. Believes no cache: not the
 * recorded books, not the log's roots; where they are there it compares, and a difference exits 3.
 * Deciding every transition again and recomputing weights is what `audit` does.
 */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import type { JsonValue } from '../../events/canonical-json.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { digestOf } from '../../events/digest.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Rebuild } from '../../roles/rebuild.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt, withAt } from '../ledger/as-of.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, count, dictionary, many, members, string } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes, writeNamed } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, facts, print } from '../terminal/output.ts';
import type { ReplaySummary, RunSummary } from './replay-summary.ts';
import { periodShape, runColumns, runShape, summaryOf, summaryTables } from './replay-summary.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';

interface ReplayOptions extends SourceOptions, OutputOptions, AsOfOptions {
  readonly books?: string;
}

/** What the rebuilt ledger was held against. */
interface Comparison {
  readonly with: string;
  readonly same: boolean;
  readonly detail: string;
}

interface Replayed extends ReplaySummary {
  readonly size: number;
  readonly root: string;
  readonly booksDigest: string;
  readonly entriesPerSecond: number;
  readonly compared: readonly Comparison[];
}

const replayedShape: Shape<Replayed> = members({
  size: count,
  root: string,
  booksDigest: string,
  entriesPerSecond: count,
  compared: many(members({ with: string, same: boolean, detail: string })),
  ledger: string,
  time: string,
  runs: many(runShape),
  periods: many(periodShape),
  archive: dictionary(members({ size: count, root: string })),
  members: dictionary(count),
});

const replayed: Output<Replayed, RunSummary> = {
  doc: 'What the entries fold to; a row is a run.',
  shape: replayedShape,
  rowShape: runShape,
  rows: ({ runs }) => runs,
  columns: runColumns,
};

export function registerReplay(program: Command): void {
  const replay = program
    .command('replay')
    .description('fold a ledger from nothing, say what it is');
  withOutput(withAt(withSource(replay)), replayed)
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .option('--books <file>', 'write the canonical JSON of the books')
    .action((path: string | undefined, options: ReplayOptions) =>
      withOpenSource(options, path, (source) => runReplay(source, options)),
    );
}

async function runReplay(source: Source, options: ReplayOptions): Promise<void> {
  const size = sizeAt(source, options.at);
  const startedMs = systemClock.nowMs();
  const rebuilt = await rebuilding(source, size);
  const seconds = Math.max(systemClock.nowMs() - startedMs, 1) / 1000;
  const books = canonicalJson(rebuilt.books as unknown as JsonValue);
  if (options.books !== undefined) writeNamed(options.books, books);
  const digest = digestOf(Buffer.from(books));
  // An earlier state has nothing to be held against.
  const comparisons =
    size < source.size ? [] : [...compareBooks(source, books), ...compareRoot(source, rebuilt)];
  const summary: Replayed = {
    size: rebuilt.size,
    root: rebuilt.root,
    booksDigest: digest,
    entriesPerSecond: Math.round(rebuilt.size / seconds),
    compared: comparisons,
    ...summaryOf(rebuilt.books),
  };
  tell(replayed, summary, options, () => show(source, summary));
  if (comparisons.some(({ same }) => !same))
    throw new Exit(EXIT.mismatch, 'the replay differs from what was recorded');
}

async function rebuilding(source: Source, size: number): Promise<Rebuild> {
  try {
    return await rebuildTo(source, size);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'log_corrupt') throw error;
    throw new Exit(EXIT.mismatch, `${error.code}: ${error.message}`);
  }
}

function compareBooks({ base }: Source, own: string): Comparison[] {
  const path = `${base}.books.json`;
  if (base === null || !existsSync(path)) return [];
  const recorded = fileBytes(path).toString('utf8');
  const same = recorded === own;
  const detail = same ? 'byte for byte' : `recorded books are ${digestOf(Buffer.from(recorded))}`;
  return [{ with: path, same, detail }];
}

function compareRoot({ base }: Source, { size, root }: Rebuild): Comparison[] {
  const path = `${base}.checkpoint`;
  if (base === null || !existsSync(path)) return [];
  const checkpoint = parseCheckpoint(fileBytes(path).toString('utf8'));
  if (checkpoint._tag === 'Left')
    return [{ with: path, same: false, detail: checkpoint.left.message }];
  const stated = Buffer.from(checkpoint.right.root).toString('base64');
  const same = stated === root && checkpoint.right.size === size;
  const detail = same
    ? 'size and root; the signature is for audit to check'
    : `it says size ${checkpoint.right.size}, root ${stated}`;
  return [{ with: path, same, detail }];
}

function show(source: Source, summary: Replayed): void {
  const speed = `${grouped(summary.entriesPerSecond)} entries/s`;
  print(
    facts([
      ['ledger', `${colour.bold(summary.ledger)} (${source.where})`],
      ['entries', `${grouped(summary.size)}, ${speed}`],
      ['until', summary.time],
      ['root', summary.root],
      ['books', summary.booksDigest],
      ...Object.entries(summary.archive).map(([kind, { size, root }]): [string, string] => [
        `${kind} archived`,
        `${grouped(size)}, root ${root}`,
      ]),
      ...summary.compared.map(({ with: path, same, detail }): [string, string] => [
        same ? 'equals' : 'DIFFERS',
        `${same ? colour.green(path) : colour.red(path)} (${detail})`,
      ]),
    ]),
  );
  print(summaryTables(summary));
}
