/**
 * Plays the stories of fixtures/runs/ on virtual time and keeps what came of each: the recording, the
 * artifacts that it names, and the report of its audit. `node scripts/retain-runs.ts <name>`. A run that
 * is kept is not played again: rules may change, and what was recorded must replay all the same. Its
 * report alone is written anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { openArtifactFolder } from '../src/adapters/embedded/artifacts.ts';
import { writeRecording } from '../src/cli/ledger/recording-files.ts';
import { auditReport } from '../src/roles/audit/report.ts';
import { play, SIMULATION } from '../src/scenarios/play.ts';
import { auditRetained, fileOf, retainedRuns, runFolder } from '../src/scenarios/retained-runs.ts';
import { readStory } from '../src/scenarios/story-file.ts';

const [name = ''] = process.argv.slice(2);
const folder = runFolder(name);
if (name === '' || !existsSync(`${folder}story.json`)) throw new Error(`no ${folder}story.json`);
if (!retainedRuns().includes(name)) await keep();
const report = await auditReport(
  fileOf(name, 'ndjson'),
  fileOf(name, 'checkpoint').toString('utf8'),
  await auditRetained(name),
);
await writeFile(`${folder}report.md`, report);
process.stdout.write(`${name} is kept in ${folder}\n`);

async function keep(): Promise<void> {
  const story = readStory(readFileSync(`${folder}story.json`, 'utf8'));
  const { played, checks } = await play(name, story, SIMULATION);
  const missed = checks.filter(({ ok }) => !ok);
  if (missed.length > 0) throw new Error(`not as told: ${JSON.stringify(missed)}`);
  writeRecording(`${folder}recording`, played.recording);
  const log = Buffer.from(played.recording.ndjson).toString('utf8');
  await mkdir(`${folder}artifacts`, { recursive: true });
  const store = await openArtifactFolder(`${folder}artifacts`);
  for (const [digest, bytes] of played.artifacts) if (log.includes(digest)) await store.put(bytes);
  await store.close();
}
