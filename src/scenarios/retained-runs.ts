/**
 * Runs that were recorded once and are kept: in fixtures/runs/, a folder each, with the story that was
 * played, the recording, the artifacts it names and the report of its audit.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openArtifactFolder } from '../adapters/embedded/artifacts.ts';
import type { AuditReport } from '../roles/audit/audit.ts';
import { audit } from '../roles/audit/audit.ts';
import type { Recorded } from '../roles/audit/recorded-lines.ts';
import { WeightsAudit } from '../roles/audit/weights.ts';
import { openReferenceLane } from '../roles/reference-lane.ts';
import { toyAuditLane } from '../simulation/toy-lane.ts';
import { readStory } from './story-file.ts';

const FOLDER = fileURLToPath(new URL('../../fixtures/runs/', import.meta.url));

export const runFolder = (name: string): string => `${FOLDER}${name}/`;

export const retainedRuns = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => existsSync(`${runFolder(name)}recording.ndjson`))
    .sort();

/** @param ending `ndjson`, `checkpoint`, `books.json`, ... */
export const fileOf = (name: string, ending: string): Buffer =>
  readFileSync(`${runFolder(name)}recording.${ending}`);

/**
 * From the files alone, the weights computed again.
 * @param ndjson the recording, if it is not the one that is kept
 */
export async function auditRetained(
  name: string,
  ndjson: Recorded = fileOf(name, 'ndjson'),
): Promise<AuditReport> {
  const { material } = readStory(readFileSync(`${runFolder(name)}story.json`, 'utf8'));
  const lane = material === 'toy' ? toyAuditLane() : await openReferenceLane();
  const artifacts = await openArtifactFolder(`${runFolder(name)}artifacts`);
  try {
    return await audit({
      ndjson,
      checkpoint: fileOf(name, 'checkpoint').toString('utf8'),
      verifierKey: fileOf(name, 'key').toString('utf8').trim(),
      books: fileOf(name, 'books.json').toString('utf8'),
      weights: new WeightsAudit(artifacts, [lane]),
      nowMs: () => 0,
      onCheck: () => {},
      onProgress: () => {},
    });
  } finally {
    await artifacts.close();
  }
}
