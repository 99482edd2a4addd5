/** Randomness from the operating system. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../commands/ports/entropy.ts';

export const systemEntropy: Entropy = { bytes: (length) => randomBytes(length) };
