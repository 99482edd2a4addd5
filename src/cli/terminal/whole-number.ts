/** Numbers that people type. */
import { EXIT, Exit } from './exit.ts';

/** @throws Exit usage, with what is allowed */
export function wholeNumber(
  what: string,
  text: string,
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
  throw new Exit(EXIT.usage, `${what}: "${text}" is not a whole number ${range}`);
}
