/**
 * The tail of a ledger, filtered. Lines go out as they are stored where `jsonl` is asked for; the
 * names of actors come from the admissions met on the way.
 */
import { noteNames } from '../ledger/actor-names.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { briefOf } from '../ledger/entry-brief.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { columnsHere } from '../terminal/layout.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { many } from '../../explorer/api/shape.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, csvHead, csvRow } from '../terminal/declared-output.ts';
import { colour, print } from '../terminal/output.ts';
import { storedEntry } from '../ledger/entry-view.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface TailOptions extends SourceOptions, OutputOptions {
  readonly lines: string;
  readonly follow?: boolean;
  readonly type?: string;
  readonly actor?: string;
  readonly since?: string;
}

/** An entry with the names known by then. */
interface Named {
  readonly event: LedgerEvent;
  readonly names: ReadonlyMap<string, string>;
}

const byOf = ({ event, names }: Named): string => names.get(event.actor) ?? event.actor;
const factOf = ({ type }: LedgerEvent): string =>
  type.replace(/^daybook\./, '').replace(/\.v1$/, '');

export const entries: Output<readonly unknown[], Named> = {
  doc: 'Entries as they are stored, in their order.',
  shape: many(storedEntry),
  rowShape: storedEntry as Shape<Named>,
  // They are printed one by one, as they come.
  rows: () => [],
  columns: [
    column('sequence', ({ event }) => event.sequence),
    column('time (UTC)', ({ event }) => event.time),
    column('by', byOf),
    column('fact', ({ event }) => factOf(event)),
    column('subject', ({ event }) => event.subject),
    column('data', ({ event, names }) => briefOf(event, names)),
  ],
};

interface Kept {
  readonly event: LedgerEvent;
  readonly line: Uint8Array;
}

export async function runTail(source: Source, options: TailOptions): Promise<void> {
  const { output, follow = false } = options;
  if (follow && source.base !== null)
    throw new Exit(EXIT.usage, 'a recording does not grow; --follow needs --log <url>');
  if (follow && output === 'json')
    throw new Exit(EXIT.usage, 'json has an end and --follow has none; use -o jsonl');
  const count = options.since === undefined ? wholeNumber('--lines', options.lines) : Infinity;
  const filter = new Filter(options);
  const printer = new Printer(output, filter);
  const last: Kept[] = [];
  // All that will be printed is known at once: none of it waits for the end.
  const isPrinted = count === Infinity;
  let sequence = 0;
  const chunks = follow ? source.follow(stopSignal()) : source.chunks();
  const flush = (): void => {
    for (const kept of last.splice(0)) printer.put(kept);
  };
  for await (const { lines } of chunks) {
    for (const line of lines) {
      const event = decoded(line, sequence);
      if (filter.keeps(event)) {
        if (isPrinted) printer.put({ event, line });
        else last.push({ event, line: new Uint8Array(line) });
        if (last.length > count && sequence < source.size) last.shift();
      }
      sequence += 1;
    }
    if (sequence >= source.size) flush();
  }
  flush();
  printer.end();
}

function decoded(line: Uint8Array, sequence: number): LedgerEvent {
  const event = decodeEvent(line);
  if (event._tag === 'Right') return event.right;
  throw new Fault('log_corrupt', `Entry ${sequence}: ${event.left.message}`, { retryable: false });
}

/** Which entries are asked for; knows the names of the participants admitted so far. */
class Filter {
  readonly names = new Map<string, string>();
  readonly #type: RegExp | null;
  readonly #actor: string | null;
  readonly #since: number;

  constructor({ type, actor, since }: TailOptions) {
    this.#type = type === undefined ? null : globOf(type);
    this.#actor = actor ?? null;
    this.#since = since === undefined ? 0 : wholeNumber('--since', since);
  }

  keeps(event: LedgerEvent): boolean {
    noteNames(this.names, event);
    if (event.sequence < this.#since) return false;
    if (this.#type !== null && !this.#type.test(event.type)) return false;
    return (
      this.#actor === null ||
      event.actor === this.#actor ||
      this.names.get(event.actor) === this.#actor
    );
  }
}

/** `*` is any run of characters; `daybook.` in front and `.v<N>` behind may be left out. */
export function globOf(glob: string): RegExp {
  if (!/^[a-z0-9_.*-]+$/.test(glob))
    throw new Exit(EXIT.usage, `--type: "${glob}" is no pattern; write verdict.* or *.sealed.*`);
  const pattern = glob.replaceAll('.', '\\.').replaceAll('*', '.*');
  return new RegExp(`^(daybook\\.)?${pattern}(\\.v\\d+)?$`);
}

/** One entry after the other, as they come; in JSON they are items of one array. */
class Printer {
  readonly #output: OutputOptions['output'];
  readonly #names: ReadonlyMap<string, string>;
  #headed = false;

  constructor(output: OutputOptions['output'], { names }: Filter) {
    this.#output = output;
    this.#names = names;
  }

  put({ event, line }: Kept): void {
    if (this.#output === 'jsonl') print(Buffer.from(line).toString('utf8'));
    else if (this.#output === 'json') this.#item(line);
    else if (this.#output === 'csv') this.#csv(event);
    else this.#row(event);
  }

  #csv(event: LedgerEvent): void {
    if (!this.#headed) process.stdout.write(csvHead(entries));
    this.#headed = true;
    process.stdout.write(csvRow(entries, { event, names: this.#names }));
  }

  /** As `printJson` prints an array of all. */
  #item(line: Uint8Array): void {
    const text = JSON.stringify(JSON.parse(Buffer.from(line).toString()), null, 2);
    process.stdout.write(`${this.#headed ? ',' : '['}\n  ${text.replaceAll('\n', '\n  ')}`);
    this.#headed = true;
  }

  end(): void {
    if (this.#output === 'json') process.stdout.write(this.#headed ? '\n]\n' : '[]\n');
    if (this.#output === 'csv' && !this.#headed) process.stdout.write(csvHead(entries));
  }

  /** Columns of fixed width, since what follows is not known yet. */
  #row(event: LedgerEvent): void {
    if (!this.#headed)
      print(
        colour.dim(
          fitted(
            row(
              'sequence',
              timeText('time (UTC)', 'UTC'),
              'by',
              'fact',
              `${'subject'.padEnd(22)}  data`,
            ),
          ),
        ),
      );
    this.#headed = true;
    const by = this.#names.get(event.actor) ?? event.actor.slice(0, 8);
    const said = event.sig === undefined ? colour.dim : (text: string): string => text;
    const text = row(
      String(event.sequence),
      timeText(event.time.slice(0, -1).replace('T', ' '), event.time.slice(11, 19)),
      by,
      factOf(event),
      `${this.#readable(event.subject).padEnd(22)}  ${briefOf(event, this.#names)}`.trimEnd(),
    );
    print(said(fitted(text)));
  }

  #readable(subject: string): string {
    return subject.replace(/U[A-Z2-7]{55}/, (key) => this.#names.get(key) ?? key.slice(0, 8));
  }
}

/** In less than this many columns, days and milliseconds are left out. */
const ROOMY_COLUMNS = 120;

const timeText = (whole: string, brief: string): string =>
  columnsHere() < ROOMY_COLUMNS ? brief.padEnd(8) : whole.padEnd(23);

/** Where there is a terminal, no wider than it. */
function fitted(text: string): string {
  const columns = columnsHere();
  return text.length > columns ? `${text.slice(0, columns - 1)}…` : text;
}

const row = (sequence: string, time: string, by: string, fact: string, rest: string): string =>
  `${sequence.padStart(8)}  ${time}  ${by.padEnd(12)}  ${fact.padEnd(24)}  ${rest}`;
