/** How explanations point at entries and say whether something holds, and what lessened it. */
import type { Lessening } from '../../roles/explain/lessened.ts';
import { colour } from '../terminal/output.ts';

/** `#123`, or a dash. */
export const mark = (sequence: number | null | undefined): string =>
  sequence === null || sequence === undefined ? '-' : colour.cyan(`#${sequence}`);

export const marks = (sequences: readonly number[]): string => sequences.map(mark).join(' ') || '-';

/** What came out when it was computed here again; null: there was nothing to compute it from. */
export function holds(result: boolean | null, yes: string, no: string): string {
  if (result === null) return colour.dim('not checked here');
  return result ? colour.green(yes) : colour.red(no);
}

/** Enough of a digest to tell it from others by eye. */
export const shortDigest = (digest: string | null | undefined): string =>
  digest === null || digest === undefined ? '-' : digest.replace('sha256:', '').slice(0, 12);

/** Its column stands beside whom it is to. */
export const transferName = (id: string): string => id.replace(/\/U[A-Z2-7]{55}$/, '');

export const names = (parties: readonly { readonly name: string }[]): string =>
  parties.map(({ name }) => name).join(', ') || 'nobody';

export const heading = (text: string): string => `\n${colour.bold(text)}`;

/** What is left of credits, and why: `50 % as limited #130`. */
export const paidAt = (lessened: readonly Lessening[]): string =>
  lessened
    .map(({ by, bps, sequence }) => {
      const since = sequence === null ? '' : ` ${mark(sequence)}`;
      return `${bps / 100} % ${by === 'offence' ? 'for an offence' : `as ${by}`}${since}`;
    })
    .join(', ') || 'whole';
