/**
 * Reads part of an object as `object-put.ts` and the clients store it: equal chunks on one subject,
 * found one after the other. Where each is in the stream is remembered, so that reading on costs no
 * more than the chunks read, and what lies before an unread part is walked over once.
 */
import type { JetStreamManager, MsgRequest } from '@nats-io/jetstream';
import type { ObjectInfo } from '@nats-io/obj';
import { Fault } from '../../commands/ports/fault.ts';
import type { ArtifactRange } from '../../commands/ports/artifacts.ts';

/** Objects whose chunks are remembered; the one used longest ago is forgotten. */
const OBJECTS_MAX = 16;

export class ObjectRanges {
  readonly #bucket: string;
  readonly #jsm: JetStreamManager;
  /** By nuid: sequences of the first chunks. */
  readonly #found = new Map<string, number[]>();

  constructor(bucket: string, jsm: JetStreamManager) {
    this.#bucket = bucket;
    this.#jsm = jsm;
  }

  /** @throws Fault artifact_corrupt */
  async read(info: ObjectInfo, start: number, length: number): Promise<ArtifactRange> {
    const end = Math.min(info.size, start + length);
    if (start >= end) return { bytes: new Uint8Array(0), sizeBytes: info.size };
    const chunkBytes = info.options?.max_chunk_size ?? 0;
    if (chunkBytes < 1 || Math.ceil(info.size / chunkBytes) !== info.chunks) throw lost(info);
    const bytes = new Uint8Array(end - start);
    const last = Math.floor((end - 1) / chunkBytes);
    for (let index = Math.floor(start / chunkBytes); index <= last; index += 1) {
      const chunk = await this.#chunk(info, index);
      const at = index * chunkBytes;
      if (chunk.length !== Math.min(chunkBytes, info.size - at)) throw lost(info);
      const part = chunk.subarray(Math.max(0, start - at), end - at);
      bytes.set(part, Math.max(0, at - start));
    }
    return { bytes, sizeBytes: info.size };
  }

  async #chunk(info: ObjectInfo, index: number): Promise<Uint8Array> {
    const sequences = this.#found.get(info.nuid) ?? [];
    this.#found.delete(info.nuid);
    this.#found.set(info.nuid, sequences);
    for (const nuid of this.#found.keys())
      if (this.#found.size > OBJECTS_MAX) this.#found.delete(nuid);
    for (let at = Math.min(index, sequences.length); ; at += 1) {
      const after = sequences[at] ?? (sequences[at - 1] ?? 0) + 1;
      const next: MsgRequest & { next_by_subj: string } = {
        seq: after,
        // Known to the server since 2.9, to the client's types for direct reads only.
        next_by_subj: `$O.${this.#bucket}.C.${info.nuid}`,
      };
      const message = await this.#jsm.streams.getMessage(`OBJ_${this.#bucket}`, next);
      if (message === null) throw lost(info);
      sequences[at] = message.seq;
      if (at === index) return message.data;
    }
  }
}

const lost = ({ name }: ObjectInfo): Fault =>
  new Fault('artifact_corrupt', `The store has lost bytes of ${name}.`, { retryable: true });
