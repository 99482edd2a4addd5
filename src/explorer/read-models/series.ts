/**
 * The loss of a run as it is drawn: held-out loss after each window, and what contributions said of
 * their training in it, over windows, inner steps, tokens or ledger time. Losses in micro-nats. What
 * is too much to draw is thinned (downsample.ts); `of` says how much there was.
 */
import type { Assignment, Books, WindowBook } from '../../projections/books.ts';
import type { Band } from './downsample.ts';
import { largestTriangles, mergedBands } from './downsample.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';
import { windowsOf } from './windows-of.ts';

export const SERIES_AXES = ['window', 'step', 'tokens', 'time'] as const;
export type SeriesAxis = (typeof SERIES_AXES)[number];

export interface HeldOutPoint {
  readonly x: number;
  /** Micro-nats. */
  readonly y: number;
  /** After this many windows. */
  readonly done: number;
  readonly promoted: boolean;
}

/** A contribution's training, from its first inner step to its last. */
export interface StrokeView {
  readonly assignment: string;
  readonly window: number;
  readonly participant: Party;
  readonly from: number;
  readonly to: number;
  readonly lossFirstMicroNats: number;
  readonly lossLastMicroNats: number;
  readonly disposition: string | null;
}

export interface SeriesView {
  readonly run: string;
  readonly axis: SeriesAxis;
  /** Where the axis ends: planned windows or steps; null where that is not known. */
  readonly end: number | null;
  readonly heldOut: readonly HeldOutPoint[];
  /** Loss at the last inner step, by window. */
  readonly training: readonly Band[];
  /** Each contribution, while there are few enough to be told apart; else none. */
  readonly strokes: readonly StrokeView[];
  readonly of: { readonly heldOut: number; readonly windows: number; readonly strokes: number };
  /** Who contributed, where strokes are given. */
  readonly participants: readonly Party[];
}

export interface SeriesQuestion {
  readonly axis: SeriesAxis;
  readonly points: number;
  /** Only what this one trained. */
  readonly participant: string | null;
}

const STROKES_MAX = 400;
const PARTICIPANTS_MAX = 16;

interface Placed {
  readonly window: WindowBook;
  readonly from: number;
  readonly to: number;
}

export function seriesView(books: Books, run: string, question: SeriesQuestion): SeriesView | null {
  const book = books.runs[run];
  if (book === undefined) return null;
  const { plan } = book;
  const placed = place(windowsOf(books, run), question.axis, plan.innerSteps);
  const heldOut = heldOutOf(placed);
  const wanted = ({ submission, participant }: Assignment): boolean =>
    submission !== null && (question.participant ?? participant) === participant;
  const bands = placed.flatMap((one) => bandOf(one, wanted));
  const count = bands.reduce((sum, band) => sum + band.count, 0);
  const strokes = count > STROKES_MAX ? [] : placed.flatMap((one) => strokesOf(books, one, wanted));
  const parties = new Map(strokes.map(({ participant: who }) => [who.participant, who]));
  const few = parties.size <= PARTICIPANTS_MAX;
  return {
    run,
    axis: question.axis,
    end: endOf(question.axis, plan),
    heldOut: largestTriangles(heldOut, question.points),
    training: mergedBands(bands, question.points),
    strokes: few ? strokes : [],
    of: { heldOut: heldOut.length, windows: bands.length, strokes: count },
    participants: few ? [...parties.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) : [],
  };
}

const endOf = (
  axis: SeriesAxis,
  { windows, innerSteps }: { readonly windows: number; readonly innerSteps: number },
): number | null => (axis === 'window' ? windows : axis === 'step' ? windows * innerSteps : null);

/** Where on the axis each window begins and ends. */
function place(windows: readonly WindowBook[], axis: SeriesAxis, innerSteps: number): Placed[] {
  let tokens = 0;
  return windows.map((window) => {
    const index = window.window;
    const before = tokens;
    if (axis === 'tokens') tokens += countedTokens(window);
    switch (axis) {
      case 'window':
        return { window, from: index, to: index + 1 };
      case 'step':
        return { window, from: index * innerSteps, to: (index + 1) * innerSteps };
      case 'tokens':
        return { window, from: before, to: tokens };
      case 'time':
        return {
          window,
          from: window.plannedMs,
          to: window.reconciledMs ?? window.sealedMs ?? window.plannedMs,
        };
    }
  });
}

const countedTokens = ({ assignments }: WindowBook): number =>
  Object.values(assignments).reduce(
    (sum, { submission, counted }) => sum + (counted === null ? 0 : (submission?.tokens ?? 0)),
    0,
  );

function heldOutOf(placed: readonly Placed[]): HeldOutPoint[] {
  const points: HeldOutPoint[] = [];
  for (const { window, from, to } of placed) {
    const { promotion, lossBeforeMicroNats: before, lossAfterMicroNats: after } = window;
    if (promotion === null || before === null || after === null) continue;
    if (points.length === 0)
      points.push({ x: from, y: before, done: window.window, promoted: true });
    const promoted = promotion.decision === 'promoted_revision';
    points.push({ x: to, y: promoted ? after : before, done: window.window + 1, promoted });
  }
  return points;
}

function bandOf({ window, to }: Placed, wanted: (one: Assignment) => boolean): Band[] {
  let [low, high, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const one of Object.values(window.assignments)) {
    if (!wanted(one) || one.submission === null) continue;
    const loss = one.submission.lossLastMicroNats;
    [low, high, sum, count] = [Math.min(low, loss), Math.max(high, loss), sum + loss, count + 1];
  }
  return count === 0 ? [] : [{ x: to, low, high, mean: Math.round(sum / count), count }];
}

const strokesOf = (
  books: Books,
  { window, from, to }: Placed,
  wanted: (one: Assignment) => boolean,
): StrokeView[] =>
  Object.values(window.assignments).flatMap((one) => {
    if (!wanted(one) || one.submission === null) return [];
    const { lossFirstMicroNats, lossLastMicroNats } = one.submission;
    return [
      {
        assignment: one.assignment,
        window: window.window,
        participant: partyOf(books, one.participant),
        from,
        to,
        lossFirstMicroNats,
        lossLastMicroNats,
        disposition: one.disposition,
      },
    ];
  });
