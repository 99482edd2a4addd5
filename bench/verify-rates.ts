/**
 * Author signatures as the audit verifies them, against as many threads that do nothing but call
 * node:crypto on statements, signatures and keys that lie ready: the same signatures, turn about.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { countSignatures } from '../src/testing/count-signatures.ts';
import { median } from './paired-median.ts';

const ROUNDS = 5;
const TARGET = 0.9;
/** Signatures a round and thread: starting the threads is part of both sides. */
const SIGNED_PER_THREAD = 5_000;

export async function signatureRow(recorded: readonly Uint8Array[]): Promise<string> {
  const threads = availableParallelism();
  const signedOnce = (await countSignatures(recorded, 1)).signed;
  const repeats = Math.ceil((SIGNED_PER_THREAD * threads) / signedOnce);
  const lines = Array.from({ length: repeats }, () => recorded).flat();
  const rates: { own: number; bare: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await bareRate(recorded, threads, Math.ceil(repeats / threads));
    const start = performance.now();
    const { signed, firstBad } = await countSignatures(lines, threads);
    if (firstBad !== null || signed !== signedOnce * repeats) throw new Error('not all verified');
    rates.push({ own: (signed / (performance.now() - start)) * 1000, bare });
  }
  const own = Math.round(median(rates.map((rate) => rate.own)));
  const ratio = median(rates.map((rate) => rate.own / rate.bare));
  const what = `author signatures, ${threads} threads`;
  return `${what.padEnd(34)} ${String(own).padStart(9)}/s   ${ratio.toFixed(2)} x node:crypto on ${threads} threads   target ${TARGET}`;
}

/** Signatures a second of all threads together, each at its own copy of the recording. */
async function bareRate(
  recorded: readonly Uint8Array[],
  threads: number,
  repeats: number,
): Promise<number> {
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: threads }, () => {
      const url = new URL('./verify-thread.ts', import.meta.url);
      const worker = new Worker(url, { workerData: { lines: recorded, repeats } });
      return new Promise<number>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      }).finally(() => worker.terminate());
    }),
  );
  return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - start)) * 1000;
}
