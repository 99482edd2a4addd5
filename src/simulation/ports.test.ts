/** In calm weather the simulated ports keep the contracts that every adapter keeps. */
import { describeArtifacts } from '../testing/contracts/artifacts.ts';
import { describeChannel } from '../testing/contracts/channel.ts';
import { describeEventLog } from '../testing/contracts/event-log.ts';
import { describeLeadership } from '../testing/contracts/leadership.ts';
import type { LedgerId } from '../events/ids.ts';
import { Chance } from './chance.ts';
import { Host } from './host.ts';
import type { Ports } from './ports.ts';
import { Scheduler } from './scheduler.ts';
import { Weather } from './weather.ts';
import { World } from './world.ts';

function calmWorld(): { world: World; scheduler: Scheduler; ports: () => Ports } {
  const scheduler = new Scheduler(1000, new Chance('order'));
  const weather = new Weather(scheduler, new Chance('weather'), { hopMs: [0, 0] });
  const watch = { stored: () => {}, answered: () => {} };
  const world = new World('contract' as LedgerId, scheduler, weather, watch);
  const ports = (): Ports => world.portsFor(new Host('party', scheduler, weather));
  return { world, scheduler, ports };
}

describeEventLog('simulated', async () => {
  const { ports } = calmWorld();
  return { openLog: async () => ports().log, close: async () => undefined };
});

describeArtifacts('simulated', async () => {
  const { world, ports } = calmWorld();
  return {
    openArtifacts: async () => ports().artifacts,
    corrupt: async (digest, bytes) => {
      world.artifacts.set(digest, bytes);
    },
    close: async () => undefined,
  };
});

describeChannel('simulated', async () => {
  const { scheduler, ports } = calmWorld();
  return {
    openChannel: async () => ports().channel,
    elapse: (ms) => scheduler.advance(ms),
    close: async () => undefined,
  };
});

describeLeadership('simulated', async () => {
  const { ports } = calmWorld();
  return { openLeadership: async () => ports().leadership, close: async () => undefined };
});
