/**
 * Whether a statement of provenance is what the entries say. The statement carries the head that it
 * was made under; the entries that this head counts are folded again and must give the same bytes.
 * Nothing else of the ledger is believed: not its own checkpoint, and not what came later.
 */
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from '../../../events/base64.ts';
import type { Checkpoint } from '../../../events/checkpoint.ts';
import { verifyCheckpoint } from '../../../events/checkpoint.ts';
import { verifierKeyOf } from '../../../events/note.ts';
import { must } from '../../../projections/books.ts';
import type { History } from '../history.ts';
import { historyOf } from '../history.ts';
import type { Statement } from './provenance.ts';
import { HEAD_NAME, provenanceOf } from './provenance.ts';

export interface StatementError {
  readonly code:
    | 'statement_malformed'
    | 'entries_missing'
    | 'head_wrong'
    | 'subject_unknown'
    | 'statement_wrong';
  readonly message: string;
}

/** What the entries do not decide; all else is proven to be wrong. */
export const UNDECIDED: ReadonlySet<string> = new Set(['statement_malformed', 'entries_missing']);

export interface CheckedStatement {
  readonly statement: Statement;
  readonly head: Checkpoint;
}

interface Told {
  readonly head: Checkpoint;
  readonly statements: readonly Statement[];
}

/** Checks statements against one ledger; those under the same head share a fold. */
export class StatementCheck {
  readonly #lines: readonly Uint8Array[];
  readonly #verifierKey: string | null;
  readonly #each: (lines: readonly Uint8Array[]) => Iterable<Uint8Array>;
  readonly #told = new Map<string, Either<StatementError, Told>>();

  /**
   * @param lines of the whole ledger, or of a prefix of it
   * @param verifierKey that must have signed the heads; null: the one that the ledger names
   * @param each hands out the lines to fold, such as one that counts them
   */
  constructor(
    lines: readonly Uint8Array[],
    verifierKey: string | null,
    each: (lines: readonly Uint8Array[]) => Iterable<Uint8Array> = (all) => all,
  ) {
    this.#lines = lines;
    this.#each = each;
    this.#verifierKey = verifierKey;
  }

  /**
   * @param text JSON of the statement
   * @throws Fault log_corrupt
   */
  check(text: string): Either<StatementError, CheckedStatement> {
    const stated = partsOf(text);
    if (stated === null)
      return refuse('statement_malformed', 'this is no statement of a checkpoint of Daybook');
    const { run, window, note } = stated;
    const told = this.#told.get(note) ?? this.#tell(note);
    this.#told.set(note, told);
    if (isLeft(told)) return told;
    const { head, statements } = told.right;
    const ours = statements.find(({ predicate }) => {
      const { externalParameters } = predicate.buildDefinition;
      return externalParameters['run'] === run && externalParameters['window'] === window;
    });
    if (ours === undefined)
      return refuse('subject_unknown', `under this head nothing of ${run}/${window} was promoted`);
    if (text === JSON.stringify(ours)) return right({ statement: ours, head });
    return refuse(
      'statement_wrong',
      firstDifference('', JSON.parse(text), JSON.parse(JSON.stringify(ours))) ??
        'it says what the entries say, but is written otherwise: others may read it otherwise',
    );
  }

  #tell(note: string): Either<StatementError, Told> {
    const size = Number(note.split('\n')[1]);
    if (!Number.isSafeInteger(size) || size < 1)
      return refuse('statement_malformed', 'the head in the statement counts no entries');
    if (size > this.#lines.length)
      return refuse(
        'entries_missing',
        `the head in the statement counts ${size} entries, here are ${this.#lines.length}`,
      );
    const history = historyOf(this.#each(this.#lines.slice(0, size)));
    const head = verifyCheckpoint(this.#verifierKey ?? namedKey(history), note);
    if (isLeft(head)) return refuse('head_wrong', head.left.message);
    const root = base64Of(head.right.root);
    if (root !== history.root)
      return refuse('head_wrong', `its first ${size} entries have root ${root}, here they do not`);
    return right({ head: head.right, statements: provenanceOf(history, note) });
  }
}

function namedKey({ books: { ledger } }: History): string {
  return verifierKeyOf(must(ledger.origin, 'origin'), must(ledger.authority, 'authority'));
}

/** By what it calls itself; null where it is no such statement. */
function partsOf(text: string): { run: unknown; window: unknown; note: string } | null {
  try {
    const { predicate } = JSON.parse(text) as Statement;
    const { run, window } = predicate.buildDefinition.externalParameters;
    const head = predicate.runDetails.byproducts.find(({ name }) => name === HEAD_NAME);
    const note = bytesOfBase64(head?.['content'] as string);
    return note === undefined ? null : { run, window, note: Buffer.from(note).toString('utf8') };
  } catch {
    return null;
  }
}

/** The first place, in our order, where the two say something else; null where they say the same. */
function firstDifference(path: string, theirs: unknown, ours: unknown): string | null {
  if (theirs === ours) return null;
  if (!isObject(theirs) || !isObject(ours))
    return `${path} is ${JSON.stringify(theirs) ?? 'missing'}, by the entries ${JSON.stringify(ours) ?? 'nothing'}`;
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const at = Array.isArray(ours) ? `${path}[${name}]` : `${path === '' ? '' : `${path}.`}${name}`;
    const found = firstDifference(at, theirs[name], ours[name]);
    if (found !== null) return found;
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const refuse = (code: StatementError['code'], message: string): Either<StatementError, never> =>
  left({ code, message });
