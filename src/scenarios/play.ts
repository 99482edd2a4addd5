/** Plays a story somewhere and says what came of it: the findings, and each expectation with them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { folderOf } from '../adapters/open.ts';
import { systemEntropy } from '../adapters/system-entropy.ts';
import type { LedgerId } from '../events/ids.ts';
import type { Checked } from './expectations.ts';
import { check } from './expectations.ts';
import type { Findings } from './findings.ts';
import { findingsOf } from './findings.ts';
import { playOnRealTime, playOnVirtualTime } from './places.ts';
import type { Story } from './story.ts';
import type { Played } from './troupe.ts';

export const SIMULATION = 'simulation';

export interface Told {
  readonly played: Played;
  readonly findings: Findings;
  readonly checks: readonly Checked[];
  readonly ok: boolean;
}

/**
 * @param where `simulation`, `file:<folder>` (each play makes a folder in it) or `nats://...` (each
 *   play makes a ledger there)
 */
export async function play(name: string, story: Story, where: string): Promise<Told> {
  const played = await playedAt(name, story, where);
  const findings = await findingsOf(story, played);
  const checks = check(story.expect, findings);
  return { played, findings, checks, ok: checks.every(({ ok }) => ok) };
}

async function playedAt(name: string, story: Story, where: string): Promise<Played> {
  if (where === SIMULATION) return playOnVirtualTime(story, `story-${name}` as LedgerId);
  // A ledger is told once; whoever plays a story again plays it on another.
  const apart = Buffer.from(systemEntropy.bytes(4)).toString('hex');
  const ledger = `story-${name}-${apart}` as LedgerId;
  if (!where.startsWith('file:')) return playOnRealTime(story, where, ledger);
  const folder = join(folderOf(where), ledger);
  await mkdir(folder, { recursive: true });
  return playOnRealTime(story, pathToFileURL(folder).href, ledger);
}
