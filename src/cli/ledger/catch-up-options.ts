/** How a worker comes to the state of a run, and what it hands on: the options, and what is made of them. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import type { CatchUpMode, CatchUpOptions } from '../../roles/catch-up/catch-up.ts';
import { CATCH_UP_MODES } from '../../roles/catch-up/catch-up.ts';
import { Seed } from '../../roles/catch-up/seeding.ts';
import { allSources } from '../../roles/catch-up/sources.ts';
import { StateKeeper } from '../../roles/catch-up/state-keeper.ts';
import { PageFetcher } from '../../roles/page-source.ts';
import { tracedFetch } from '../../roles/traces/traced-http.ts';
import type { Tracer } from '../../roles/traces/tracer.ts';
import { FolderShelf } from '../../roles/transfer/folder-shelf.ts';
import { HttpSource } from '../../roles/transfer/http-source.ts';
import { MemoryShelf } from '../../roles/transfer/shelf.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { repeated } from '../terminal/repeated.ts';
import { progressTeller } from '../terminal/transfer-progress.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface CatchUpVerbOptions {
  readonly catchUp: CatchUpMode;
  readonly states?: string;
  readonly peer: readonly string[];
  readonly serve?: string;
  readonly serveHost: string;
  readonly endpoint?: string;
}

export const withCatchUp = (command: Command): Command =>
  command
    .addOption(
      new Option('--catch-up <mode>', 'before it joins, while it is heard from, from the store on')
        .choices([...CATCH_UP_MODES])
        .default('overlapped'),
    )
    .option('--states <folder>', 'keeps states of runs here, begun transfers too; else in memory')
    .option(
      '--peer <url>',
      'asked first for states and single pages, before offers and the store',
      repeated,
      [],
    )
    .option('--serve <port>', 'offers its states to others; 0 picks a free port')
    .option('--serve-host <address>', 'address to serve on', '127.0.0.1')
    .option('--endpoint <url>', 'where others reach it, if not at host and port');

export interface OpenCatchUp {
  readonly options: CatchUpOptions;
  /** The named peers may have single pages; null: there are none. */
  readonly pages: PageFetcher | null;
  close(): Promise<void>;
}

export async function openCatchUp(
  { catchUp: mode, states, peer, serve, serveHost: host, endpoint }: CatchUpVerbOptions,
  say: (line: string) => void,
  tracer: Tracer | null,
): Promise<OpenCatchUp> {
  for (const url of [...peer, ...(endpoint === undefined ? [] : [endpoint])])
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new Exit(EXIT.usage, `${url} is no http or https URL`);
  if (endpoint !== undefined && serve === undefined)
    throw new Exit(EXIT.usage, '--endpoint: nothing is served without --serve');
  const fetch = tracedFetch(tracer);
  const shelf = states === undefined ? new MemoryShelf() : await FolderShelf.open(states);
  const onProgress = progressTeller(say, systemClock.nowMs);
  const keeper = new StateKeeper({ shelf, sourcesOf: allSources(peer, fetch), onProgress });
  const pages =
    peer.length === 0
      ? null
      : new PageFetcher(peer.map((one) => new HttpSource({ endpoint: one, fetch })));
  if (serve === undefined)
    return { options: { mode, keeper }, pages, close: async () => undefined };
  const port = wholeNumber('--serve', serve, 0, 65_535);
  const seed = await Seed.open({ shelf, host, port, endpoint: endpoint ?? null, say, tracer });
  say(`listens at ${seed.address} for who asks for states`);
  const onReached = seed.offer.bind(seed);
  const beside = seed.tellTerms.bind(seed);
  return { options: { mode, keeper, onReached, beside }, pages, close: () => seed.close() };
}
