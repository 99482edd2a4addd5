/**
 * Where a story is played: on virtual time over the memory adapters, or on the machine's time over what
 * a URL opens, each party with handles of its own. The parties and what they do are the same.
 */
import type { OpenLedger } from '../adapters/open.ts';
import { openLedger } from '../adapters/open.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { digestOf } from '../events/digest.ts';
import type { Digest, LedgerId } from '../events/ids.ts';
import { openArtifacts } from '../adapters/memory/artifacts.ts';
import { openChannel } from '../adapters/memory/channel.ts';
import { openLog } from '../adapters/memory/event-log.ts';
import { openLeadership } from '../adapters/memory/leadership.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { Chance } from '../simulation/chance.ts';
import type { Beneath } from '../simulation/ports.ts';
import { portsOver } from '../simulation/ports.ts';
import { Scheduler } from '../simulation/scheduler.ts';
import { RealTime } from './real-time.ts';
import type { Story } from './story.ts';
import type { Place, Played } from './troupe.ts';
import { OBSERVER, perform } from './troupe.ts';

/** A store that remembers for the judge what was put into it. */
function noting(artifacts: Artifacts, noted: Map<Digest, Uint8Array>): Artifacts {
  return {
    put: (bytes) => {
      noted.set(digestOf(bytes), new Uint8Array(bytes));
      return artifacts.put(bytes);
    },
    get: artifacts.get.bind(artifacts),
    has: artifacts.has.bind(artifacts),
    list: artifacts.list.bind(artifacts),
    close: artifacts.close.bind(artifacts),
  };
}

function placeOver(timeline: Place['timeline'], beneathOf: (name: string) => Beneath): Place {
  const artifacts = new Map<Digest, Uint8Array>();
  const shownFrom = new Map();
  const portsFor: Place['portsFor'] = (host, answered) => {
    const beneath = beneathOf(host.name);
    const noted = { ...beneath, artifacts: noting(beneath.artifacts, artifacts) };
    return portsOver(noted, host, { shownFrom, answered });
  };
  return { timeline, portsFor, artifacts };
}

const START_MS = Date.UTC(2026, 0, 1);
/** Wakes that no story needs. */
const TICKS_MAX = 2_000_000;

export async function playOnVirtualTime(story: Story, ledger: LedgerId): Promise<Played> {
  const scheduler = new Scheduler(START_MS, new Chance(`order of ${story.seed}`));
  const memory = new MemoryWorld(scheduler);
  const place = placeOver(scheduler, () => ({
    log: openLog(memory, ledger),
    artifacts: openArtifacts(memory, ledger),
    channel: openChannel(memory, ledger),
    leadership: openLeadership(memory, ledger),
  }));
  let over = false;
  const played = perform(story, place).finally(() => {
    over = true;
  });
  // Whoever waits for it hears of a failure; until then it is nobody's.
  played.catch(() => undefined);
  await scheduler.run(() => over, TICKS_MAX);
  if (!over) throw new Error('the story stands still');
  return played;
}

/** @param url of a ledger that does not exist yet */
export async function playOnRealTime(story: Story, url: string, ledger: LedgerId): Promise<Played> {
  const time = new RealTime();
  const names = [OBSERVER, 'operator', ...story.parties.map(({ name }) => name)];
  const opened = new Map<string, OpenLedger>();
  try {
    // The first makes what the others find.
    for (const name of names) opened.set(name, await openLedger(url, ledger));
    return await perform(
      story,
      placeOver(time, (name) => opened.get(name) as OpenLedger),
    );
  } finally {
    time.end();
    await Promise.all([...opened.values()].map((one) => one.close()));
  }
}
