/**
 * Puts an object into a JetStream object store as its clients read it: its bytes in chunks on a
 * subject of their own, then the metadata that names them, in place of older metadata. Invariant:
 * the metadata comes last, so an object is there whole or not at all.
 *
 * Written here because the client's own put purges what it replaces and what it could not finish:
 * the right to purge is the right to empty the bucket, and nobody who only uploads is given it. What
 * a broken put leaves behind is unnamed and harmless; the operator may purge it.
 */
import { hash } from 'node:crypto';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers, nuid } from '@nats-io/transport-node';

const CHUNK_BYTES = 512 * 1024;
/** Chunks on their way at once. */
const IN_FLIGHT_MAX = 4;

export async function storeObject(
  js: JetStreamClient,
  bucket: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const id = nuid.next();
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  const chunkAt = (n: number): Uint8Array => bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
  for (let from = 0; from < chunks; from += IN_FLIGHT_MAX) {
    const count = Math.min(IN_FLIGHT_MAX, chunks - from);
    // Sent in this order by one connection, and stored in it.
    const sent = Array.from({ length: count }, (_, n) =>
      js.publish(`$O.${bucket}.C.${id}`, chunkAt(from + n)),
    );
    await Promise.all(sent);
  }
  const metadata = {
    name,
    bucket,
    nuid: id,
    size: bytes.length,
    chunks,
    digest: `SHA-256=${padded(hash('sha256', bytes, 'base64url'))}`,
    mtime: new Date().toISOString(),
    deleted: false,
    options: { max_chunk_size: CHUNK_BYTES },
  };
  const replacing = headers();
  replacing.set('Nats-Rollup', 'sub');
  const subject = `$O.${bucket}.M.${padded(Buffer.from(name).toString('base64url'))}`;
  await js.publish(subject, JSON.stringify(metadata), { headers: replacing });
}

const padded = (base64url: string): string =>
  base64url.padEnd(Math.ceil(base64url.length / 4) * 4, '=');
