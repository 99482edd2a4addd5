/** Data-parallel training over real processes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'daybook-ranks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const script = fileURLToPath(new URL('../testing/data-parallel-rank.ts', import.meta.url));
let groups = 0;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One process a rank; rank 1 leaves before step `failAt`, if that is given. */
async function ranks(size: number, bucket: number, shard: boolean, failAt?: number) {
  const path = join(folder, `group-${groups++}`);
  const run = (rank: number): Promise<Ended> =>
    new Promise((resolve) => {
      const args = [path, rank, size, bucket, Number(shard)].map(String);
      const fails = failAt !== undefined && rank === 1 ? [String(failAt)] : [];
      const child = spawn(process.execPath, [script, ...args, ...fails]);
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => resolve({ code, out, err }));
    });
  return Promise.all(Array.from({ length: size }, (_, rank) => run(rank)));
}

interface Trained {
  readonly digest: string;
  readonly stateFloats: number;
}
const trained = (ended: readonly Ended[]): Trained[] =>
  ended.map(({ code, out, err }) => {
    if (code !== 0) throw new Error(`exit ${code}: ${err}`);
    return JSON.parse(out) as Trained;
  });

describe('ranks as processes', () => {
  it('come to one digest, tensor by tensor, in buckets, and with sharded moments', async () => {
    const single = trained(await ranks(2, 0, false));
    const bucketed = trained(await ranks(2, 20_000, false));
    const sharded = trained(await ranks(2, 20_000, true));
    const digests = [single, bucketed, sharded].flat().map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(1);
    expect(sharded[0]!.stateFloats).toBeLessThan(0.51 * single[0]!.stateFloats);
  });

  it('end with a fault when one of them dies, and do not hang', async () => {
    const [first, second] = await ranks(2, 0, false, 2);
    expect(second?.code).toBe(9);
    expect(first?.code).toBe(1);
    expect(first?.err).toContain('a rank has left');
  });
});
