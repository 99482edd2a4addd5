/**
 * `daybook relay`: serves the artifacts of a ledger in chunks, out of its store and a cache on the
 * disk, in the foreground, until told to stop. It needs no key: whoever fetches checks every chunk.
 */
import type { Command } from 'commander';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { serveChunks } from '../../roles/transfer/chunk-server.ts';
import { CHUNK_BYTES_MAX, CHUNK_BYTES_MIN } from '../../roles/transfer/chunk-list.ts';
import { FolderShelf } from '../../roles/transfer/folder-shelf.ts';
import { Holdings } from '../../roles/transfer/holdings.ts';
import { RelayCache } from '../../roles/transfer/relay-cache.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt, withLedger } from '../ledger/ledger-options.ts';
import { stopAsked } from '../terminal/stop-signal.ts';
import { openTelemetry, withTelemetry } from '../running/telemetry-options.ts';
import type { TelemetryOptions } from '../running/telemetry-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface RelayOptions extends LedgerOptions, TelemetryOptions {
  readonly cache?: string;
  readonly cacheBytes: string;
  readonly chunkBytes: string;
  readonly port: string;
  readonly host: string;
}

export function registerRelay(program: Command): void {
  const relay = program
    .command('relay')
    .description("serve a ledger's artifacts in chunks to joiners");
  withTelemetry(withLedger(relay))
    .option('--cache <folder>', 'keeps here what was asked for')
    .option('--cache-bytes <count>', 'most that the cache holds', String(2 ** 34))
    .option(
      '--chunk-bytes <count>',
      "as the policy's terms for catching up have it",
      String(seedNetworkPolicy.catchUp.chunkBytes),
    )
    .option('--port <number>', 'port to listen on; 0 picks a free one', '4682')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(runRelay);
}

async function runRelay(options: RelayOptions): Promise<void> {
  const { cache, host } = options;
  const port = wholeNumber('--port', options.port, 0, 65_535);
  const cacheBytes = wholeNumber('--cache-bytes', options.cacheBytes);
  const [least, most] = [CHUNK_BYTES_MIN, CHUNK_BYTES_MAX];
  const chunkBytes = wholeNumber('--chunk-bytes', options.chunkBytes, least, most);
  const { artifacts, log, close } = await openAt(options, { create: false });
  const telemetry = await openTelemetry(options, 'relay');
  telemetry.watchLog(log);
  const { meter, say } = telemetry;
  try {
    const store =
      cache === undefined
        ? artifacts
        : await RelayCache.open(artifacts, await FolderShelf.open(cache), cacheBytes);
    const holdings = new Holdings(store, chunkBytes);
    const answered = (route: string, status: number): void =>
      meter.count('daybook_http_requests_total', { route, status: String(status) });
    const server = await serveChunks({ holdings, host, port, say, answered });
    process.stdout.write(`${server.address}\n`);
    await stopAsked();
    await server.close();
  } finally {
    await telemetry.close();
    await close();
  }
}
