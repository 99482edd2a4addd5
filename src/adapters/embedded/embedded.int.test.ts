import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openArtifacts } from './artifacts.ts';
import { openChannel } from './channel.ts';
import { openLog } from './event-log.ts';
import { artifactsPath } from './folder.ts';
import { openLeadership } from './leadership.ts';
import { hexOf } from '../artifact-digest.ts';
import { describeArtifacts } from '../../testing/contracts/artifacts.ts';
import { describeChannel } from '../../testing/contracts/channel.ts';
import { describeEventLog } from '../../testing/contracts/event-log.ts';
import { describeLeadership } from '../../testing/contracts/leadership.ts';
import type { LedgerId } from '../../events/ids.ts';

const LEDGER = 'embedded-test' as LedgerId;

/** A folder of its own; closing it closes everything that was opened in it. */
async function scratch() {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-'));
  const opened: { close(): Promise<void> }[] = [];
  return {
    folder,
    keep: <T extends { close(): Promise<void> }>(handle: T): T => {
      opened.push(handle);
      return handle;
    },
    close: async () => {
      for (const handle of opened) await handle.close();
      await rm(folder, { recursive: true });
    },
  };
}

describeEventLog('embedded', async () => {
  const { folder, keep, close } = await scratch();
  return { openLog: async () => keep(await openLog(folder, LEDGER, { create: true })), close };
});

describeArtifacts('embedded', async () => {
  const { folder, keep, close } = await scratch();
  return {
    openArtifacts: async () => keep(await openArtifacts(folder)),
    corrupt: async (digest, bytes) => {
      const hex = hexOf(digest);
      await writeFile(join(artifactsPath(folder), hex.slice(0, 2), hex), bytes);
    },
    close,
  };
});

describeChannel('embedded', async () => {
  const { folder, keep, close } = await scratch();
  return {
    openChannel: async () => keep(await openChannel(folder, { create: true })),
    elapse: (ms) => delay(ms),
    close,
  };
});

describeLeadership('embedded', async () => {
  const { folder, keep, close } = await scratch();
  await openLog(folder, LEDGER, { create: true }).then(keep);
  return { openLeadership: async () => keep(openLeadership(folder)), close };
});
