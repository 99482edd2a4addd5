/** Lines of progress: their text, and that there are not too many. */
import { expect, it } from 'vitest';
import type { Digest } from '../../events/ids.ts';
import { bytesText, progressTeller, progressText } from './transfer-progress.ts';

const digest = `sha256:${'ab'.repeat(32)}` as Digest;
const at = (doneBytes: number, bytesPerSecond = 1_048_576) => ({
  digest,
  doneBytes,
  sizeBytes: 10 * 1_048_576,
  bytesPerSecond,
});

it('says how far, how fast and how long still', () => {
  expect(bytesText(1023)).toBe('1023 B');
  expect(bytesText(2 ** 50)).toBe('1024.0 TiB');
  expect(progressText(at(2.5 * 1_048_576))).toBe(
    'abababababab: 2.5 MiB of 10.0 MiB, 1.0 MiB/s, 8 s left',
  );
  expect(progressText(at(0, 0))).toBe('abababababab: 0 B of 10.0 MiB');
});

it('says it once a second, and at the end', () => {
  const said: string[] = [];
  let now = 0;
  const tell = progressTeller(
    (line) => said.push(line),
    () => now,
  );
  for (let second = 0; second < 30; second += 1) {
    now += 100;
    tell(at(second * 1000));
  }
  expect(said).toHaveLength(3);
  tell(at(10 * 1_048_576));
  expect(said).toHaveLength(4);
});
