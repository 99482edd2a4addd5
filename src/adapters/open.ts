/**
 * Opens a ledger's log, artifacts, channel and leadership by URL: `memory:`, `file:<folder>` or
 * `nats://host:port[,host:port...][?replicas=3]` (nats/address.ts). The adapter is all that the URL decides; every
 * one keeps the same contracts.
 */
import { fileURLToPath } from 'node:url';
import * as embeddedArtifacts from './embedded/artifacts.ts';
import * as embeddedChannel from './embedded/channel.ts';
import * as embeddedLog from './embedded/event-log.ts';
import * as embeddedLeadership from './embedded/leadership.ts';
import * as memoryArtifacts from './memory/artifacts.ts';
import * as memoryChannel from './memory/channel.ts';
import * as memoryLog from './memory/event-log.ts';
import * as memoryLeadership from './memory/leadership.ts';
import type { MemoryWorld } from './memory/world.ts';
import * as natsArtifacts from './nats/artifacts.ts';
import * as natsChannel from './nats/channel.ts';
import * as natsLog from './nats/event-log.ts';
import * as natsLeadership from './nats/leadership.ts';
import { addressOf } from './nats/address.ts';
import { logMirror } from './nats/declarations.ts';
import { mustBeAuthority, orDeskMissing } from './nats/desk-login.ts';
import { ensureStream, openLink, type Link } from './nats/link.ts';
import { readServiceHost, type ServiceHost } from './nats/read-service.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership } from '../commands/ports/leadership.ts';
import type { LedgerId } from '../events/ids.ts';

export interface OpenLedger {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  readonly channel: Channel;
  readonly leadership: Leadership;
  /** Where services can be found: on NATS alone. */
  readonly services?: ServiceHost;
  close(): Promise<void>;
}

export interface OpenParts {
  /** The world that `memory:` ledgers live in; without one there is nothing to open. */
  readonly memory?: MemoryWorld;
  /** Whether to make the ledger's storage when it is not there (default); else log_not_found. */
  readonly create?: boolean;
}

/** The folder of a `file:` URL, relative ones as they are. */
export function folderOf(url: string): string {
  return url.startsWith('file://') ? fileURLToPath(url) : url.slice('file:'.length);
}

function openMemory(ledger: LedgerId, world: MemoryWorld | undefined): OpenLedger {
  if (world === undefined) {
    throw new Fault(
      'log_unavailable',
      'A memory: ledger lives only inside the process that made it.',
      {
        retryable: false,
      },
    );
  }
  const log = memoryLog.openLog(world, ledger);
  const artifacts = memoryArtifacts.openArtifacts(world, ledger);
  const channel = memoryChannel.openChannel(world, ledger);
  const leadership = memoryLeadership.openLeadership(world, ledger);
  return closing({ log, artifacts, channel, leadership }, async () => undefined);
}

async function openFolder(folder: string, ledger: LedgerId, create: boolean): Promise<OpenLedger> {
  const log = await embeddedLog.openLog(folder, ledger, { create });
  try {
    const channel = await embeddedChannel.openChannel(folder, { create });
    const artifacts = await embeddedArtifacts.openArtifacts(folder);
    const leadership = embeddedLeadership.openLeadership(folder);
    return closing({ log, channel, artifacts, leadership }, async () => undefined);
  } catch (error) {
    await log.close();
    throw error;
  }
}

async function openServer(url: string, ledger: LedgerId, create: boolean): Promise<OpenLedger> {
  const link = await openLink(url, { create });
  const links = [link];
  const close = async (): Promise<void> => {
    await Promise.all(links.map((one) => one.close()));
  };
  try {
    if (create) await mustBeAuthority(link, ledger);
    const log = await natsLog.openLog(link, ledger);
    const desk = await deskOf(url, ledger, link);
    if (desk !== link) links.push(desk);
    const { channel, artifacts } = await openBeside(desk, ledger).catch(async (error: unknown) => {
      throw desk === link ? await orDeskMissing(link, ledger, error) : error;
    });
    const leadership = natsLeadership.openLeadership(link, ledger);
    const services = readServiceHost(desk, ledger);
    return closing({ log, channel, artifacts, leadership, services }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is not in the log's account where that is one apart. */
async function openBeside(desk: Link, ledger: LedgerId) {
  const channel = await natsChannel.openChannel(desk, ledger);
  return { channel, artifacts: await natsArtifacts.openArtifacts(desk, ledger) };
}

/** The connection for all but the log, with the log's mirror at its readers' disposal. */
async function deskOf(url: string, ledger: LedgerId, link: Link): Promise<Link> {
  if (addressOf(url).desk === null) return link;
  const desk = await openLink(url, { create: link.create, desk: true });
  try {
    await ensureStream(desk, logMirror(ledger));
    return desk;
  } catch (error) {
    await desk.close();
    throw error;
  }
}

function closing(parts: Omit<OpenLedger, 'close'>, last: () => Promise<void>): OpenLedger {
  const { log, artifacts, channel, leadership } = parts;
  return {
    ...parts,
    close: async () => {
      await Promise.all([log.close(), artifacts.close(), channel.close(), leadership.close()]);
      await last();
    },
  };
}

/** @throws Fault as the adapter's `openLog` does; desk_login_missing */
export async function openLedger(
  url: string,
  ledger: LedgerId,
  parts: OpenParts = {},
): Promise<OpenLedger> {
  const create = parts.create ?? true;
  const scheme = url.slice(0, url.indexOf(':') + 1);
  if (scheme === 'memory:') return openMemory(ledger, parts.memory);
  if (scheme === 'file:') return await openFolder(folderOf(url), ledger, create);
  if (scheme === 'nats:') return await openServer(url, ledger, create);
  throw new Fault('log_unavailable', `No ledger can be opened at ${url}: unknown scheme.`, {
    retryable: false,
  });
}
