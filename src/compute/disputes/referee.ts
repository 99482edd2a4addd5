/**
 * The referee of a dispute: given one pass over which two parties part, it runs that operation alone
 * on what both say they read, and says whose result it is. It needs the tensors of one operation, not
 * the model's state, and believes neither party: what it is given must have the digests of the trace.
 */
import type { BoundPass } from '../autodiff/program.ts';
import type { Block, Places } from '../autodiff/op.ts';
import type { Backend } from '../backend.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Hash } from '../training/state-root.ts';
import { readsOf, writesOf } from './pass-storage.ts';
import type { Numbers } from './pass-storage.ts';
import { digestsOf } from './step-trace.ts';
import type { PassEntry } from './step-trace.ts';

export type Finding =
  /** What this party wrote is what the operation gives; what the other wrote is not. */
  | { readonly kind: 'first_right' }
  | { readonly kind: 'second_right' }
  | { readonly kind: 'neither_right' }
  /** They part before the operation: this one is no pass of this place, or reads something else. */
  | { readonly kind: 'not_comparable'; readonly why: string }
  /** The tensors given are not those that were read. */
  | { readonly kind: 'evidence_wrong'; readonly role: string };

/**
 * @param place the pass as the referee's own program of this step has it: shapes, operation and host
 *   arrays; none of its numbers are read
 * @param evidence what was read, by role
 */
export async function judgePass(
  place: BoundPass,
  [first, second]: readonly [PassEntry, PassEntry],
  evidence: ReadonlyMap<string, Numbers>,
  backend: Backend,
  hash: Hash,
): Promise<Finding> {
  const operation = place.node.op.name;
  for (const { operation: said, pass } of [first, second])
    if (said !== operation || pass !== place.pass)
      return { kind: 'not_comparable', why: `a ${pass} pass of ${said}` };
  if (!sameDigests(first.reads, second.reads))
    return { kind: 'not_comparable', why: 'they do not say that they read the same' };
  const given = digestsOf(evidence, hash);
  for (const role of readsOf(place).keys())
    if (given[role] === undefined || given[role] !== first.reads[role])
      return { kind: 'evidence_wrong', role };
  const alone = await runAlone(place, evidence, backend);
  const right = digestsOf(alone, hash);
  const [isFirst, isSecond] = [first, second].map(({ writes }) => sameDigests(writes, right));
  if (isFirst === true) return { kind: 'first_right' };
  return { kind: isSecond === true ? 'second_right' : 'neither_right' };
}

/** The pass on storage of its own. */
async function runAlone(
  { pass, node, places }: BoundPass,
  evidence: ReadonlyMap<string, Numbers>,
  backend: Backend,
): Promise<ReadonlyMap<string, Numbers>> {
  const { op } = node;
  const storage = (block: Block): Numbers => {
    const floats = backend.alloc(block.type === 'f64' ? 2 * block.length : block.length);
    return block.type === 'f64'
      ? new Float64Array(floats.buffer, floats.byteOffset, block.length)
      : floats;
  };
  const loaded = (role: string, block: Block): Numbers => {
    const place = storage(block);
    const numbers = evidence.get(role);
    if (numbers !== undefined) place.set(numbers);
    return place;
  };
  const floats = (length: number): Block => ({ type: 'f32', length });
  const size = elementCount(op.shape);
  const own: Places = {
    backend,
    constant: (numbers) => numbers,
    inputs: op.inputs.map(
      ({ shape }, i) => loaded(`input ${i}`, floats(elementCount(shape))) as Float32Array,
    ),
    result: loaded('result', floats(size)) as Float32Array,
    gradients: places.gradients.map((gradient, i) =>
      gradient === null
        ? null
        : {
            data: loaded(`gradient ${i}`, floats(gradient.data.length)) as Float32Array,
            accumulate: gradient.accumulate,
          },
    ),
    resultGradient: loaded('result gradient', floats(places.resultGradient.length)) as Float32Array,
    kept: (op.kept ?? []).map((block, i) => loaded(`kept ${i}`, block)),
    forwardScratch: (op.forwardScratch ?? []).map(storage),
    scratch: (op.scratch ?? []).map(storage),
  };
  const bound = op.bind(own);
  await (pass === 'forward' ? bound.forward() : bound.backward());
  return writesOf({ pass, node, places: own, run: () => {} });
}

function sameDigests(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const roles = Object.keys(one);
  return (
    roles.length === Object.keys(other).length && roles.every((role) => one[role] === other[role])
  );
}
