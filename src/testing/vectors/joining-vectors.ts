/** Golden vectors of what a newcomer sends and fetches: consents of keys, artifacts in chunks. */
import { base64Of } from '../../events/base64.ts';
import { digestOf } from '../../events/digest.ts';
import type { ActorId } from '../../events/ids.ts';
import type { ConsentedLedger, ConsentUse } from '../../events/key-consent.ts';
import { consentOf, consents } from '../../events/key-consent.ts';
import type { ChunkList } from '../../roles/transfer/chunk-list.ts';
import {
  asChunkList,
  ChunkDigests,
  decodeChunk,
  encodeChunk,
  isChunkOf,
} from '../../roles/transfer/chunk-list.ts';
import { keyNamed, NONCE } from '../desk.ts';

interface Consent {
  readonly key: ActorId;
  readonly consent: string;
  readonly ledger: ConsentedLedger;
  readonly participant: ActorId;
  readonly use: ConsentUse;
}

export function consentVectors() {
  const safe = keyNamed('kept in a safe');
  const participant = keyNamed('worker-1').actor;
  const other = keyNamed('worker-2').actor;
  const ledger = { ledger: 'desk', nonce: NONCE };
  const given = (of: ConsentedLedger, use: ConsentUse): Consent => ({
    key: safe.actor,
    consent: consentOf(safe, of, participant, use),
    ledger: of,
    participant,
    use,
  });
  const good = given(ledger, 'recovery');
  const cases: Consent[] = [
    good,
    given(ledger, 'key'),
    given({ ledger: 'desk' }, 'recovery'),
    { ...good, use: 'key' },
    { ...good, ledger: { ledger: 'other', nonce: NONCE } },
    { ...good, ledger: { ledger: 'desk' } },
    { ...good, participant: other },
    { ...good, key: other },
    { ...good, consent: good.consent.slice(0, -2) },
    { ...good, consent: '' },
  ];
  return {
    seed: safe.seed(),
    consents: cases.map(({ key, consent, ledger: of, participant: who, use }) => ({
      key,
      consent,
      ledger: of.ledger,
      nonce: of.nonce ?? null,
      participant: who,
      use,
      holds: consents(key, consent, of, who, use),
    })),
  };
}

const CHUNK_BYTES = 1024;

function inChunks(artifact: Uint8Array) {
  const parts = Array.from({ length: Math.ceil(artifact.length / CHUNK_BYTES) }, (_, index) =>
    artifact.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  const digests = new ChunkDigests();
  for (const part of parts) digests.add(part);
  const tree = digests.finish(CHUNK_BYTES);
  const bodies = parts.map((bytes, index) => encodeChunk({ path: tree.path(index), bytes }));
  return { list: tree.list, bodies };
}

const someBytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * index + 7 * index + 31 * (index >> 8)) & 0xff);

function claimed(list: ChunkList, index: number, body: Uint8Array) {
  const chunk = decodeChunk(list, index, body);
  const holds = chunk !== null && isChunkOf(list, index, chunk);
  return { list, index, body: base64Of(body), holds };
}

/** Lists as a stranger gives them, and bodies of chunks; artifacts of one, five and no chunks. */
export function chunkVectors() {
  const artifact = someBytes(4 * CHUNK_BYTES + 100);
  const { list, bodies } = inChunks(artifact);
  const small = inChunks(artifact.subarray(0, 100));
  const none = inChunks(new Uint8Array(0));
  const third = bodies[3]!;
  const flipped = (at: number): Uint8Array =>
    Uint8Array.from(third, (byte, index) => (index === at ? byte ^ 1 : byte));
  const refused: unknown[] = [
    null,
    [],
    {},
    { ...list, digest: list.digest.slice(7) },
    { ...list, root: list.root.toUpperCase() },
    { ...list, root: list.root.slice(2) },
    { ...list, count: 4 },
    { ...list, count: 5.5 },
    { ...list, sizeBytes: -1 },
    { ...list, sizeBytes: 2 ** 40 + 1 },
    { ...list, sizeBytes: String(list.sizeBytes) },
    { ...list, chunkBytes: 512, count: 9 },
    { ...list, chunkBytes: 2 ** 27, count: 1 },
  ];
  if (refused.some((one) => asChunkList(one) !== null)) throw new Error('one of these is a list');
  return {
    artifact: base64Of(artifact),
    digest: digestOf(artifact),
    accepted: [list, small.list, none.list],
    refused,
    chunks: [
      ...bodies.map((body, index) => claimed(list, index, body)),
      claimed(small.list, 0, small.bodies[0]!),
      claimed(list, 2, third),
      claimed(list, 3, flipped(0)),
      claimed(list, 3, flipped(third.length - 1)),
      claimed(list, 3, third.subarray(1)),
      claimed(list, 3, Uint8Array.of(...third, 0)),
      claimed({ ...list, root: 'ab'.repeat(32) }, 3, third),
    ],
  };
}
