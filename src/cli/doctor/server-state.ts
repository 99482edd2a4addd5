/** A NATS server and the streams of a ledger as they are, for a bug report. */
import {
  artifactsBucket,
  leadStream,
  logStream,
  stepsStream,
} from '../../adapters/nats/declarations.ts';
import { openLink } from '../../adapters/nats/link.ts';
import { ledgerName } from '../ledger/ledger-options.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { messageOf } from './finding.ts';

const PATIENCE_MS = 3000;

export async function serverState({ log, ledger }: LedgerOptions) {
  const link = await openLink(log, { create: false, patienceMs: PATIENCE_MS });
  try {
    const name = ledgerName(ledger);
    const streams = [logStream, stepsStream, leadStream].map((of) => of(name).name);
    const told = [...streams, `OBJ_${artifactsBucket(name).bucket}`].map(async (stream) => {
      try {
        const { config, state, cluster } = await link.jsm.streams.info(stream);
        return { stream, config, state, cluster: cluster ?? null };
      } catch (error) {
        return { stream, failed: messageOf(error) };
      }
    });
    return { server: link.nc.info, streams: await Promise.all(told) };
  } finally {
    await link.close();
  }
}
