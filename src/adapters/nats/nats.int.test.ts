import { Objm } from '@nats-io/obj';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { openArtifacts } from './artifacts.ts';
import { openChannel } from './channel.ts';
import { artifactsBucket } from './declarations.ts';
import { openLog } from './event-log.ts';
import { openLeadership } from './leadership.ts';
import { openLink, type Link } from './link.ts';
import { hexOf } from '../artifact-digest.ts';
import { describeArtifacts } from '../../testing/contracts/artifacts.ts';
import { describeChannel } from '../../testing/contracts/channel.ts';
import { describeEventLog } from '../../testing/contracts/event-log.ts';
import { describeLeadership } from '../../testing/contracts/leadership.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import type { LedgerId } from '../../events/ids.ts';

let server: NatsServer;
let ledgers = 0;

beforeAll(async () => {
  server = await NatsServer.start();
});
afterAll(async () => {
  await server.dispose();
});

/** A fresh ledger on the one server; every handle has a connection of its own. */
function bench() {
  const ledger = `nats-test-${ledgers++}` as LedgerId;
  const links: Link[] = [];
  const open = async <T>(part: (link: Link, ledger: LedgerId) => Promise<T>): Promise<T> => {
    const link = await openLink(server.url);
    links.push(link);
    return await part(link, ledger);
  };
  const close = async (): Promise<void> => {
    for (const link of links) await link.close();
  };
  return { ledger, open, close };
}

describeEventLog('nats', async () => {
  const { open, close } = bench();
  return { openLog: () => open(openLog), close };
});

describeArtifacts('nats', async () => {
  const { ledger, open, close } = bench();
  return {
    openArtifacts: () => open(openArtifacts),
    corrupt: async (digest, bytes) => {
      const link = await openLink(server.url);
      const store = await new Objm(link.js).open(artifactsBucket(ledger).bucket);
      await store.putBlob({ name: hexOf(digest) }, bytes);
      await link.close();
    },
    close,
  };
});

describeChannel('nats', async () => {
  const { open, close } = bench();
  return { openChannel: () => open(openChannel), elapse: (ms) => delay(ms), close };
});

describeLeadership('nats', async () => {
  const { open, close } = bench();
  return {
    openLeadership: () => open(async (link, ledger) => openLeadership(link, ledger)),
    close,
  };
});
