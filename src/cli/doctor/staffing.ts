/**
 * Whether the runs of a ledger have whom they need, of those that are under way. A long log is not
 * folded for that: what its authority holds is good enough to advise, and comes at once.
 */
import type { Books } from '../../projections/books.ts';
import { restoreBooks } from '../../projections/books-outline.ts';
import { askAuthority } from '../../roles/ask-authority.ts';
import { staffingLines, staffingOf } from '../../roles/staffing.ts';
import { booksHere } from '../ledger/decide-here.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt } from '../ledger/ledger-options.ts';
import type { SourceOptions } from '../ledger/source.ts';
import type { DoctorFinding } from './finding.ts';
import { ok, warn } from './finding.ts';
import { failed } from './ledger.ts';

const ADVICE = 'admit or invite more; who is in quarantine does not come back while a run waits';

/** Some seconds' work. */
const FOLDED_MAX = 200_000;

interface Seeing extends LedgerOptions, Pick<SourceOptions, 'quiet'> {
  /** Whether there is an authority to ask. */
  readonly isServed: boolean;
  /** Entries; where there are more, the authority is asked for its books. */
  readonly foldedMax?: number;
}

export async function* staffingFindings(seeing: Seeing): AsyncIterable<DoctorFinding> {
  try {
    const books = await booksSeen(seeing);
    if (typeof books === 'string')
      return yield warn('runs', books, 'run: daybook run status, which folds them all');
    for (const run of Object.values(books.runs)) {
      const staffing = staffingOf(books, run);
      const lines = staffingLines(staffing);
      const check = `run ${run.plan.run}`;
      for (const line of lines) yield warn(check, line, ADVICE);
      if (lines.length === 0) yield ok(check, `${run.state}, ${countsOf(staffing)}`);
    }
  } catch (error) {
    yield failed('runs', error);
  }
}

/** Why nobody has looked, where nobody has. */
async function booksSeen(seeing: Seeing): Promise<Books | string> {
  const { isServed, foldedMax = FOLDED_MAX } = seeing;
  const { log, channel, artifacts, close } = await openAt(seeing, { create: false });
  try {
    const { size } = await log.head();
    if (size <= foldedMax) return await booksHere(seeing);
    if (!isServed) return `not looked at: ${size} entries, and no authority to ask`;
    const { digest } = await askAuthority(log, channel, 'books');
    const text = Buffer.from(await artifacts.get(digest)).toString('utf8');
    const held = restoreBooks(JSON.parse(text), seeing.ledger);
    return held ?? 'not looked at: the authority has books of another version';
  } finally {
    await close();
  }
}

const countsOf = (staffing: ReturnType<typeof staffingOf>): string =>
  staffing.length === 0
    ? 'needs nobody now'
    : staffing.map(({ role, needed, able }) => `${able} ${role}s for ${needed}`).join(', ');
