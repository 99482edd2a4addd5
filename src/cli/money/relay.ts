/**
 * `daybook relay`: serves the artifacts of a ledger in chunks, out of its store and a cache on the
 * disk, in the foreground, until told to stop. It needs no key: whoever fetches checks every chunk.
 */
import type { Command } from 'commander';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { serveChunks } from '../../roles/transfer/chunk-server.ts';
import type { ChunkServerOptions } from '../../roles/transfer/chunk-server.ts';
import { CHUNK_BYTES_MAX, CHUNK_BYTES_MIN } from '../../roles/transfer/chunk-list.ts';
import { FolderShelf } from '../../roles/transfer/folder-shelf.ts';
import { Holdings } from '../../roles/transfer/holdings.ts';
import { RelayCache } from '../../roles/transfer/relay-cache.ts';
import { withLedger } from '../ledger/ledger-options.ts';
import { staysUp, stopAsked, stopSignal } from '../terminal/stop-signal.ts';
import { openWhenThere, withWait } from '../running/await-ledger.ts';
import type { WaitOptions } from '../running/await-ledger.ts';
import { openTelemetry, withTelemetry } from '../running/telemetry-options.ts';
import type { Telemetry, TelemetryOptions } from '../running/telemetry-options.ts';
import { tracedParts } from '../running/trace-options.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface RelayOptions extends WaitOptions, TelemetryOptions {
  readonly cache?: string;
  readonly cacheBytes: string;
  readonly chunkBytes: string;
  readonly port: string;
  readonly host: string;
}

export function registerRelay(program: Command): void {
  const relay = staysUp(program.command('relay')).description(
    "serve a ledger's artifacts in chunks to joiners",
  );
  withWait(withTelemetry(withLedger(relay)))
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
  const telemetry = await openTelemetry(options, 'relay');
  try {
    const opened = await openWhenThere(options, telemetry, stopSignal());
    if (opened === null) return;
    const parts = tracedParts(opened, telemetry.tracer);
    try {
      telemetry.watchLog(parts.log);
      const store =
        cache === undefined
          ? parts.artifacts
          : await RelayCache.open(parts.artifacts, await FolderShelf.open(cache), cacheBytes);
      const holdings = new Holdings(store, chunkBytes);
      await serve({ holdings, host, port }, telemetry);
    } finally {
      await parts.close();
    }
  } finally {
    await telemetry.close();
  }
}

async function serve(
  what: Pick<ChunkServerOptions, 'holdings' | 'host' | 'port'>,
  { meter, say, tracer }: Telemetry,
): Promise<void> {
  const answered = (route: string, status: number): void =>
    meter.count('daybook_http_requests_total', { route, status: String(status) });
  const server = await serveChunks({ ...what, say, answered, tracer });
  process.stdout.write(`${server.address}\n`);
  await stopAsked();
  await server.close();
}
