/** The options by which verbs name witnesses: those they ask, and those they believe. */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { parseWitnessKeys } from '../../events/cosignature.ts';
import type { Quorum } from '../../roles/proofs/quorum.ts';
import type { Witnesses } from '../../roles/witness/ask-witness.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { repeated } from '../terminal/repeated.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface QuorumOptions {
  readonly witnessKey: readonly string[];
  readonly quorum?: string;
}

export interface WitnessOptions extends QuorumOptions {
  readonly witness: readonly string[];
}

/** For verbs that check cosignatures. */
export const withQuorum = (command: Command): Command =>
  command
    .option('--witness-key <verifier>', 'key of a witness to believe; repeatable', repeated, [])
    .option('--quorum <count>', 'how many of them must have cosigned; default: all');

/** For verbs that obtain them. */
export const withWitnesses = (command: Command): Command =>
  withQuorum(command.option('--witness <url>', 'witness to ask; repeatable', repeated, []));

/** Null when no witness is named. */
export function quorumOf({ witnessKey, quorum }: QuorumOptions): Quorum | null {
  const keys = parseWitnessKeys(witnessKey);
  if (isLeft(keys)) throw new Exit(EXIT.usage, `--witness-key: ${keys.left.message}`);
  const { length } = keys.right;
  if (length === 0 && quorum === undefined) return null;
  if (length === 0) throw new Exit(EXIT.usage, '--quorum is one of witnesses: --witness-key');
  const count = quorum === undefined ? length : wholeNumber('--quorum', quorum, 1, length);
  return { keys: keys.right, count };
}

export function witnessesOf(options: WitnessOptions): Witnesses | null {
  const quorum = quorumOf(options);
  const { witness: urls } = options;
  if (quorum === null && urls.length === 0) return null;
  if (quorum === null)
    throw new Exit(EXIT.usage, '--witness: whose cosignatures count? Say --witness-key');
  if (urls.length === 0)
    throw new Exit(EXIT.usage, '--witness-key: where is it to be asked? Say --witness <url>');
  const wrong = urls.find((url) => !/^https?:$/.test(URL.parse(url)?.protocol ?? ''));
  if (wrong !== undefined) throw new Exit(EXIT.usage, `--witness: "${wrong}" is no HTTP address`);
  return { urls, keys: quorum.keys, quorum: quorum.count };
}
