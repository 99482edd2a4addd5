/** Something that a person wrote, held against the codec of what it is to be. */
import { firstProblem } from '../../events/codecs.ts';
import type { SchemaCodec } from '../../events/codecs.ts';
import { EXIT, Exit } from '../terminal/exit.ts';

/** @throws Exit usage: what is wrong with it first */
export function checked<A>(codec: SchemaCodec<A>, what: string, value: unknown): A {
  const decoded = codec.decode(value);
  if (decoded._tag === 'Right') return decoded.right;
  throw new Exit(EXIT.usage, `${what}: ${firstProblem(decoded.left)}`);
}
