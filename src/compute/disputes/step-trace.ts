/**
 * The trace of one training step, pass by pass: what each read and wrote, as digests, chained so that
 * one digest a pass stands for all up to it.
 *
 *   entry   "<index> <forward or backward> <operation>\n", then for each place read
 *           "< <role> <hex digest>\n" and for each written "> <role> <hex digest>\n"
 *   chain   c(0) = H(""),  c(i) = H(c(i-1) || entry i)
 *
 * Two parties that began the step with the same parameters and pages part at the first entry that
 * differs: up to it they have the same chain, so they read the same there and wrote something else.
 */
import type { BoundPass } from '../autodiff/program.ts';
import type { Program } from '../autodiff/program.ts';
import { hex } from '../hex.ts';
import type { Hash } from '../training/state-root.ts';
import { bytesIn, readsOf, writesOf } from './pass-storage.ts';

export interface PassEntry {
  readonly operation: string;
  readonly pass: 'forward' | 'backward';
  /** Hex digests by role. */
  readonly reads: Readonly<Record<string, string>>;
  readonly writes: Readonly<Record<string, string>>;
}

export interface StepTrace {
  readonly entries: readonly PassEntry[];
  /** c(0) to c(n), hex. */
  readonly chain: readonly string[];
}

/** Seen with each pass when it has run; what it says may be kept, the numbers may not. */
export type OnPass = (index: number, pass: BoundPass) => void;

/** Runs forward and backward of a program whose leaves are loaded, slowly. */
export async function traceStep(
  program: Program,
  hash: Hash,
  onPass: OnPass = () => {},
): Promise<StepTrace> {
  const entries: PassEntry[] = [];
  const run = async (pass: BoundPass): Promise<void> => {
    const reads = digestsOf(readsOf(pass), hash);
    const pending = pass.run();
    if (pending !== undefined) await pending;
    onPass(entries.length, pass);
    const { name: operation } = pass.node.op;
    entries.push({ operation, pass: pass.pass, reads, writes: digestsOf(writesOf(pass), hash) });
  };
  for (const pass of program.forwardPasses) await run(pass);
  program.beginBackward();
  for (const pass of program.backwardPasses) await run(pass);
  return { entries, chain: chainOf(entries, hash) };
}

export function chainOf(entries: readonly PassEntry[], hash: Hash): string[] {
  let last = hash(new Uint8Array(0));
  const chain = [hex(last)];
  for (const [index, entry] of entries.entries()) {
    const text = new TextEncoder().encode(textOf(index, entry));
    const bytes = new Uint8Array(last.length + text.length);
    bytes.set(last);
    bytes.set(text, last.length);
    last = hash(bytes);
    chain.push(hex(last));
  }
  return chain;
}

export function digestsOf(
  places: ReadonlyMap<string, Float32Array | Float64Array>,
  hash: Hash,
): Record<string, string> {
  return Object.fromEntries(
    [...places].map(([role, numbers]) => [role, hex(hash(bytesIn(numbers)))]),
  );
}

function textOf(index: number, { operation, pass, reads, writes }: PassEntry): string {
  const lines = [
    `${index} ${pass} ${operation}`,
    ...Object.entries(reads).map(([role, digest]) => `< ${role} ${digest}`),
    ...Object.entries(writes).map(([role, digest]) => `> ${role} ${digest}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
