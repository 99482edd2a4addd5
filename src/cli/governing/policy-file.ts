/** A policy as a file: every section is named, and null where it is not offered. */
import { networkPolicy } from '../../events/catalogue/policy.ts';
import type { Change } from '../../projections/network-book.ts';
import { fileJson } from '../terminal/named-files.ts';
import { checked } from './checked.ts';

/** @throws Exit usage: it holds no JSON, or no policy */
export const policyFile = (path: string): NonNullable<Change['policy']> =>
  checked(networkPolicy, path, fileJson(path));
