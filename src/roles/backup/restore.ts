/**
 * Puts a backup into an empty log and store: artifacts first, as they came to be, then commit by
 * commit as they were stored, so that entries, roots and head are the same; then reads it all back.
 * Who checks the backup before is the caller (check-backup.ts).
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { continuationOf } from '../../commands/apply-commit.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { CommitId, LogPosition } from '../../events/ids.ts';
import { LOG_START } from '../../events/ids.ts';
import { CompactRange } from '../../events/merkle.ts';
import type { OnChecked } from './check-backup.ts';
import { artifactsOf, commitsOf } from './check-backup.ts';
import type { Manifest } from './manifest.ts';
import { ARTIFACTS } from './manifest.ts';

export interface RestoreTarget {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
}

const corrupt = (message: string): Fault => new Fault('log_corrupt', message, { retryable: false });

/**
 * @param from the log's head: nothing, or where an earlier restore of this backup was cut off
 * @throws Fault; what was restored until then stays, and the same can be gone on with
 */
export async function restoreBackup(
  folder: string,
  manifest: Manifest,
  { log, artifacts }: RestoreTarget,
  onProgress: OnChecked = () => undefined,
): Promise<void> {
  await restoreArtifacts(folder, manifest, artifacts, onProgress);
  const head = await log.head();
  let position: LogPosition = LOG_START;
  let previous: CommitId | null = null;
  for await (const commit of commitsOf(folder, manifest)) {
    if (commit.first + commit.count <= head.size) {
      position = (position + 1) as LogPosition;
      previous = commit.id;
      if (commit.first + commit.count === head.size && commit.id !== head.commitId)
        throw corrupt('what is there is no beginning of this backup');
      continue;
    }
    const stored = await log.append(commit, position, previous);
    if (isLeft(stored))
      throw corrupt(`somebody else writes this log: commit ${commit.id} found no place`);
    position = stored.right;
    previous = commit.id;
    onProgress('entries', commit.first + commit.count, manifest.size);
  }
  await mustBe(manifest, log);
}

async function restoreArtifacts(
  folder: string,
  manifest: Manifest,
  to: Artifacts,
  onProgress: OnChecked,
): Promise<void> {
  if (manifest.artifacts === null) return;
  const { count, list } = manifest.artifacts;
  const from = await openArtifactFolder(join(folder, ARTIFACTS));
  let done = 0;
  for await (const { digest } of artifactsOf(folder, list)) {
    if (!(await to.has(digest))) await to.put(await from.get(digest));
    onProgress('artifacts', (done += 1), count);
  }
}

/** Read back: the same entries under the same root, the same commit at the end. */
async function mustBe(manifest: Manifest, log: EventLog): Promise<void> {
  let tree = CompactRange.empty();
  for await (const commit of log.read(LOG_START)) ({ tree } = continuationOf(commit, tree));
  const { commitId } = await log.head();
  const root = Buffer.from(tree.root()).toString('base64');
  if (tree.size !== manifest.size || root !== manifest.root || commitId !== manifest.commitId)
    throw corrupt(`the restored log has ${tree.size} entries under root ${root}`);
}
