/**
 * The verbs about adapters, as processes on an embedded ledger with a finished run: the adapter that
 * was trained comes out as PEFT reads it and merged, and another is planned on a run's last checkpoint.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { readAdapter } from '../../compute/lora/adapter-file.ts';
import { conform } from '../../compute/model/parameters.ts';
import { readSafetensors } from '../../compute/tensors/safetensors.ts';
import { digestOf } from '../../events/digest.ts';
import type { LedgerId } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { firstCheckpoint } from '../../roles/work-spec.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { keyNamed } from '../../testing/desk.ts';
import { playWholeRun, tinyModel, tinyPlan } from '../../testing/whole-run.ts';

const ledger = 'adapted' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-adapter-'));
const live = ['--log', `file:${join(folder, 'ledger')}`, '--ledger', ledger];
const open = () => openLedger(`file:${join(folder, 'ledger')}`, ledger);
const base = firstCheckpoint(tinyPlan);

beforeAll(async () => {
  const adapted = { digest: digestOf(base), sizeBytes: base.byteLength };
  await playWholeRun({
    ledger,
    open,
    plan: { ...tinyPlan, windows: 1 },
    beside: {
      ...tinyPlan,
      run: 'tuned',
      windows: 2,
      adapter: { rank: 4, alpha: 8, targets: ['lm_head', 'q_proj'], base: adapted },
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('an adapter comes out as PEFT names it, bound to its base, and merged into it', async () => {
  const out = join(folder, 'out');
  const written = await verbHere('adapter', 'tuned', ...live, '--out', out);
  expect(written).toMatchObject({ code: 0 });
  const file = readAdapter(tinyModel, readFileSync(join(out, 'adapter_model.safetensors')));
  expect(file.base).toBe(digestOf(base).slice(7));
  expect(JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'))).toMatchObject({
    r: file.spec.rank,
    lora_alpha: file.spec.alpha,
    target_modules: file.spec.targets,
  });
  expect(await verbHere('adapter', 'tuned', ...live, '--out', out, '--merge')).toMatchObject({
    code: 0,
  });
  const merged = readSafetensors(readFileSync(join(out, 'model.safetensors'))).tensors;
  const before = readSafetensors(base).tensors;
  const changed = [...conform(tinyModel, merged, 'merged')].flatMap(([name, { data }]) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(
      Buffer.from(
        before.get(name)!.data.buffer,
        before.get(name)!.data.byteOffset,
        data.byteLength,
      ),
    )
      ? []
      : [name],
  );
  expect(changed).toEqual(['layers.0.attn.q_proj.weight', 'lm_head.weight']);
});

it('a whole model is no adapter', async () => {
  const said = await verbHere('adapter', 'tiny', ...live, '--out', join(folder, 'no'));
  expect(said).toMatchObject({ code: 2 });
  expect(said.err).toContain('not an adapter');
});

it("an adapter of a run's last checkpoint is planned and started, and not twice", async () => {
  const stop = new AbortController();
  const parts = await open();
  const authority = keyNamed('authority');
  const serving = runAuthority({ ...parts, clock: systemClock, key: authority }, stop.signal);
  const key = join(folder, 'operator.nk');
  writeFileSync(key, `${keyNamed('operator').seed()}\n`, { mode: 0o600 });
  const adapt = (...more: string[]) => verbHere('run', 'adapt', ...more, ...live, '--key', key);
  try {
    expect(await adapt('tiny', '--rank', '2', '--target', 'w1')).toMatchObject({ code: 0 });
    const { out } = await verbHere('run', 'status', ...live, '-o', 'json');
    const { runs } = JSON.parse(out) as { runs: { run: string; state: string }[] };
    expect(runs.find(({ run }) => run === 'tiny-adapter')?.state).toMatch(
      /^(initializing|active|recovering)$/,
    );
    const again = await adapt('tiny', '--rank', '2', '--target', 'w1');
    expect(again.code).not.toBe(0);
    expect((await adapt('tuned')).err).toContain('adapt the run that it adapts');
    expect((await adapt('nothing')).err).toContain('no run "nothing"');
    const wrong: readonly [say: string[], tells: string][] = [
      [['--target', 'nope'], 'q_proj, k_proj, v_proj, output_proj, w1, w2, w3, lm_head'],
      [['--target', 'w1', '--target', 'w1'], 'a target of the adapter is doubled'],
      [['--rank', '4096'], 'rank 4096 is more than the'],
      [['--alpha', '1e9'], '--alpha: "1e9" is no number'],
    ];
    for (const [say, tells] of wrong)
      expect(await adapt('tiny', '--name', 'wrong', ...say)).toMatchObject({
        code: 2,
        err: expect.stringContaining(tells) as string,
      });
  } finally {
    stop.abort(new Error('over'));
    await serving;
    await parts.close();
  }
});
