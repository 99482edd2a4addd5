/**
 * The audit of a recording in files, as a program calls it: what `daybook audit` does, without a
 * terminal. Lanes of computation are started for it and ended with it.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { openArtifactFolder } from '../adapters/embedded/artifacts.ts';
import { openRecordedFile } from '../adapters/recorded-file.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { AuditReport } from '../roles/audit/audit.ts';
import { audit } from '../roles/audit/audit.ts';
import type { Check } from '../roles/audit/check.ts';
import { WeightsAudit } from '../roles/audit/weights.ts';
import { ThreadLane } from '../roles/thread-lane.ts';

export interface RecordingAuditOptions {
  /** Folder of the artifacts; without it the checks of weights are skipped. */
  readonly artifacts?: string;
  /** Verifier key to trust; else the one that the ledger's first entry names. */
  readonly verifierKey?: string;
  /** Recomputations side by side, at least 1; one a core unless given. Never changes a result. */
  readonly lanes?: number;
  /** Told of each check as it is done, in order. */
  readonly onCheck?: (check: Check) => void;
}

/**
 * Rebuild the tree, every transition, the books and, with artifacts, every weight of a recording.
 * What does not hold is a failed check in the report, never an exception.
 * @param path of the recording, with or without `.ndjson`; its `.checkpoint` lies beside it, and its
 * `.books.json` where there are live books to compare with
 * @throws Error of the file system when files cannot be read
 */
export async function auditRecording(
  path: string,
  options: RecordingAuditOptions = {},
): Promise<AuditReport> {
  const { artifacts, verifierKey = null, onCheck = () => undefined } = options;
  const count = options.lanes ?? availableParallelism();
  if (!Number.isSafeInteger(count) || count < 1) throw new TypeError('lanes: a count from 1 on');
  const base = path.replace(/\.ndjson$/, '');
  const ndjson = openRecordedFile(`${base}.ndjson`);
  const lanes: ThreadLane[] = [];
  try {
    const checkpoint = await readFile(`${base}.checkpoint`, 'utf8');
    const books = await readFile(`${base}.books.json`, 'utf8').catch(nullWhereAbsent);
    let weights: WeightsAudit | null = null;
    if (artifacts !== undefined) {
      const store = await openArtifactFolder(artifacts);
      for (let lane = 0; lane < count; lane += 1) lanes.push(await ThreadLane.open('exact', 1));
      weights = new WeightsAudit(store, lanes);
    }
    return await audit({
      ndjson,
      checkpoint,
      books,
      verifierKey,
      weights,
      threads: count,
      nowMs: systemClock.nowMs,
      onCheck,
      onProgress: () => undefined,
    });
  } finally {
    ndjson.close();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

function nullWhereAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
