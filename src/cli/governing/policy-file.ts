/** A policy as a file: every section is named, and null where it is not offered. */
import { networkPolicy } from '../../events/catalogue/policy.ts';
import type { Change } from '../../projections/network-book.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileJson } from '../terminal/named-files.ts';
import { checked } from './checked.ts';

/** @throws Exit usage: it holds no JSON, or no policy */
export function policyFile(path: string): NonNullable<Change['policy']> {
  let value: unknown;
  try {
    value = fileJson(path);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Exit(EXIT.usage, `${path} holds no JSON: ${error.message}`);
  }
  return checked(networkPolicy, path, value);
}
