/**
 * The time of an entry: `YYYY-MM-DDTHH:MM:SS.mmmZ`, RFC 3339 in UTC to the millisecond, from 1970 on.
 * Digits and day counts instead of a Date: a fold asks for it at every entry. Invariant: exactly the
 * texts that `Date.prototype.toISOString` prints for those years, one text an instant.
 */
/** A zero stands for any digit. */
const FORM = '0000-00-00T00:00:00.000Z';
const FORM_CODES = Uint8Array.from(Buffer.from(FORM));
const ZERO = 0x30;
const DAY_MS = 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days of a common year before each month, from 1. */
const DAYS_BEFORE = MONTH_DAYS.map((_, index) =>
  MONTH_DAYS.slice(0, index).reduce((sum, days) => sum + days, 0),
);

export function isTime(text: string): boolean {
  if (!hasForm(text)) return false;
  const year = number(text, 0, 4);
  const month = number(text, 5, 2);
  const day = number(text, 8, 2);
  return (
    year >= 1970 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= (MONTH_DAYS[month - 1] as number) + (month === 2 && isLeap(year) ? 1 : 0) &&
    number(text, 11, 2) < 24 &&
    number(text, 14, 2) < 60 &&
    number(text, 17, 2) < 60
  );
}

function hasForm(text: string): boolean {
  if (text.length !== FORM.length) return false;
  for (let at = 0; at < FORM.length; at++) {
    const wanted = FORM_CODES[at] as number;
    const code = text.charCodeAt(at);
    if (wanted === ZERO ? code < ZERO || code > ZERO + 9 : code !== wanted) return false;
  }
  return true;
}

/** Milliseconds since 1970. @param text that `isTime` holds of */
export function msOfTimeText(text: string): number {
  const year = number(text, 0, 4);
  const month = number(text, 5, 2);
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  const days =
    daysBeforeYear(year) + (DAYS_BEFORE[month - 1] as number) + leapDay + number(text, 8, 2) - 1;
  const seconds = number(text, 11, 2) * 3600 + number(text, 14, 2) * 60 + number(text, 17, 2);
  return days * DAY_MS + seconds * 1000 + number(text, 20, 3);
}

/** Since 1970, by the Gregorian rule: 477 leap days lie before 1970 (years 1 to 1969). */
function daysBeforeYear(year: number): number {
  const last = year - 1;
  const leapDays = Math.floor(last / 4) - Math.floor(last / 100) + Math.floor(last / 400);
  return (year - 1970) * 365 + leapDays - 477;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function number(text: string, start: number, digits: number): number {
  let value = 0;
  for (let at = start; at < start + digits; at++) value = value * 10 + text.charCodeAt(at) - ZERO;
  return value;
}
