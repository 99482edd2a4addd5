/**
 * An explanation as people read it, whatever shows it: a terminal prints it, a page makes links of what
 * it points at. What an explanation says is decided here and in the files beside, and nowhere else.
 */
import type { Lessening } from '../lessened.ts';
import type { Party } from '../party.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'strong';

/** A part of a line: text, or what can be pointed at. */
export type Piece =
  | string
  | { readonly text: string; readonly tone: Tone }
  /** Sequence of an entry. */
  | { readonly entry: number }
  | { readonly party: Party; readonly isAsked?: boolean }
  /** A digest or a root; where there is little room its first `shown` hex digits will do. */
  | { readonly digest: string; readonly shown?: number }
  /** What another explanation is about: its kind, what it is of, and another word for that. */
  | { readonly why: string; readonly of: string; readonly text?: string };

export type Line = readonly Piece[];
/** As tellers write it. */
export type Fact = readonly [name: string, value: Line];

export type Block =
  | { readonly facts: readonly { readonly name: string; readonly value: Line }[] }
  | { readonly head: readonly string[]; readonly rows: readonly (readonly Line[])[] }
  | { readonly text: Line };

export interface Part {
  readonly heading: string | null;
  readonly blocks: readonly Block[];
}

export interface Telling {
  readonly title: Line;
  readonly parts: readonly Part[];
}

/** Without the parts that say nothing. */
export const telling = (title: Line, parts: readonly (Part | null)[]): Telling => ({
  title,
  parts: parts.filter((one) => one !== null && one.blocks.length > 0) as Part[],
});

export const part = (heading: string | null, ...blocks: readonly (Block | null)[]): Part => ({
  heading,
  blocks: blocks.filter((one) => one !== null),
});

/** Null without facts. */
export const facts = (rows: readonly Fact[]): Block | null =>
  rows.length === 0 ? null : { facts: rows.map(([name, value]) => ({ name, value })) };

/** Null without rows. */
export const table = (head: readonly string[], rows: readonly (readonly Line[])[]): Block | null =>
  rows.length === 0 ? null : { head, rows };

export const text = (...line: Line): Block => ({ text: line });

export const toned = (tone: Tone, what: string): Piece => ({ text: what, tone });

/** A dash where there is none. */
export const entry = (sequence: number | null | undefined): Piece =>
  sequence === null || sequence === undefined ? '-' : { entry: sequence };

export const entries = (sequences: readonly number[]): Line =>
  sequences.length === 0 ? ['-'] : joined(sequences.map(entry), ' ');

export const party = ({ participant, name }: Party): Piece => ({ party: { participant, name } });

export const parties = (some: readonly Party[]): Line =>
  some.length === 0 ? ['nobody'] : joined(some.map(party), ', ');

export const joined = (pieces: Line, between: string): Line =>
  pieces.flatMap((piece, at) => (at === 0 ? [piece] : [between, piece]));

/** Enough of a digest to tell it from others by eye. */
const DIGITS = 12;

export const brief = (digest: string | null | undefined, shown = DIGITS): Piece =>
  digest === null || digest === undefined ? '-' : { digest, shown };

/** What came out when it was computed here again; null: there was nothing to compute it from. */
export function holds(result: boolean | null, yes: string, no: string): Piece {
  if (result === null) return toned('quiet', 'not checked here');
  return result ? toned('good', yes) : toned('bad', no);
}

const TONES: Readonly<Record<string, Tone>> = {
  accepted: 'good',
  promoted_revision: 'good',
  rejected: 'bad',
  quarantined: 'warn',
  replay_required: 'warn',
  held_no_promotion: 'warn',
  refused_promotion: 'warn',
};

/** A disposition or a decision, with what it means for whoever made the work. */
export const verdictWord = (word: string): Piece => {
  const tone = TONES[word];
  return tone === undefined ? word : { text: word, tone };
};

/** Its column stands beside whom it is to. */
export const transferName = (id: string): string => id.replace(/\/U[A-Z2-7]{55}$/, '');

/** What is left of credits, and why: `50 % as limited #130`. */
export const paidAt = (lessened: readonly Lessening[]): Line =>
  lessened.length === 0
    ? ['whole']
    : lessened.flatMap(({ by, bps, sequence }, at): Line => {
        const why = `${bps / 100} % ${by === 'offence' ? 'for an offence' : `as ${by}`}`;
        const since: Line = sequence === null ? [] : [' ', entry(sequence)];
        return [at === 0 ? why : `, ${why}`, ...since];
      });
