/** What a transfer comes to, for people: how far, how fast, how long still. At most a line a second. */
import type { Progress } from '../../roles/transfer/fetch-in-chunks.ts';

const EVERY_MS = 1000;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Three digits or so. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export function progressText({ digest, doneBytes, sizeBytes, bytesPerSecond }: Progress): string {
  const left =
    bytesPerSecond === 0
      ? ''
      : `, ${bytesText(bytesPerSecond)}/s, ${Math.ceil((sizeBytes - doneBytes) / bytesPerSecond)} s left`;
  return `${digest.slice(7, 19)}: ${bytesText(doneBytes)} of ${bytesText(sizeBytes)}${left}`;
}

/** Says where a transfer is, and always when it is over. */
export function progressTeller(
  say: (line: string) => void,
  nowMs: () => number,
): (progress: Progress) => void {
  let saidMs = nowMs();
  return (progress) => {
    const over = progress.doneBytes === progress.sizeBytes;
    if (!over && nowMs() - saidMs < EVERY_MS) return;
    saidMs = nowMs();
    say(progressText(progress));
  };
}
