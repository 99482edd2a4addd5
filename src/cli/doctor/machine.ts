/** The machine under the run: runtime, processors, memory, disk, clock. */
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

const NODE_MAJOR_MIN = 24;
const GIBIBYTE = 2 ** 30;
const MEMORY_BYTES_MIN = GIBIBYTE;
const DISK_BYTES_MIN = 2 * GIBIBYTE;
/** Daybook was not written before it; a clock that says so has lost its battery. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const DRIFT_MS_MAX = 250;
const DRIFT_OVER_MS = 500;

const gib = (bytes: number): string => `${(bytes / GIBIBYTE).toFixed(1)} GiB`;

export function runtime(): DoctorFinding {
  const { node, v8 } = process.versions;
  const detail = `Node ${node} (V8 ${v8}) on ${process.platform}-${process.arch}`;
  return Number(node.split('.')[0]) >= NODE_MAJOR_MIN
    ? ok('runtime', detail)
    : fail('runtime', detail, `use Node ${NODE_MAJOR_MIN} or later; npm run brings its own`);
}

export function processors(): DoctorFinding {
  const count = availableParallelism();
  const model = cpus()[0]?.model.trim() ?? 'unknown model';
  const detail = `${count} core(s), ${model}`;
  return count >= 2
    ? ok('processors', detail)
    : warn(
        'processors',
        detail,
        'a run of several roles on one core is slow; 2 or more are better',
      );
}

export function memory(): DoctorFinding {
  // A container's limit counts where there is one.
  const limit = process.constrainedMemory();
  const free = process.availableMemory();
  const detail = `${gib(free)} available of ${gib(limit > 0 && limit < totalmem() ? limit : totalmem())}`;
  return free >= MEMORY_BYTES_MIN
    ? ok('memory', detail)
    : warn('memory', detail, `have ${gib(MEMORY_BYTES_MIN)} free, or run fewer roles here`);
}

/** Of the file system that holds the folder, or would hold it. */
export function disk(folder: string): DoctorFinding {
  try {
    const { bavail, bsize, path } = statfsAbove(resolve(folder));
    const detail = `${gib(bavail * bsize)} free at ${path}`;
    return bavail * bsize >= DISK_BYTES_MIN
      ? ok('disk', detail)
      : warn('disk', detail, 'make room: a full disk refuses appends (storage_full)');
  } catch (error) {
    return warn('disk', messageOf(error), 'check the path');
  }
}

/** Bytes that a user may still write to the file system that holds the folder, or would hold it. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsAbove(resolve(folder));
  return bavail * bsize;
}

function statfsAbove(path: string): { bavail: number; bsize: number; path: string } {
  try {
    return { ...statfsSync(path), path };
  } catch (error) {
    if (dirname(path) === path) throw error;
    return statfsAbove(dirname(path));
  }
}

/** The clock is in our age, and walks at the pace of the monotonic one. */
export async function clock(): Promise<DoctorFinding> {
  const [wallMs, steadyMs] = [Date.now(), performance.now()];
  const now = new Date(wallMs).toISOString();
  if (wallMs < EARLIEST_MS)
    return fail('clock', `it says ${now}`, 'set the clock: entries carry its time');
  await new Promise((resolve_) => setTimeout(resolve_, DRIFT_OVER_MS));
  const drift = Math.abs(Date.now() - wallMs - (performance.now() - steadyMs));
  return drift <= DRIFT_MS_MAX
    ? ok('clock', `${now}, steady`)
    : warn('clock', `it jumped by ${Math.round(drift)} ms just now`, 'let NTP slew, not step');
}
