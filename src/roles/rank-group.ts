/**
 * A group of ranks as processes on a local socket: rank 0 listens, the others connect, and every
 * exchange passes through it. Frames both ways: number of bytes (u32, little-endian), then floats.
 * What is not of this exchange's length ends the group with a fault, on every rank.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../commands/ports/fault.ts';
import type { Collective } from '../compute/parallel/collective.ts';

export interface RankGroup extends Collective {
  close(): Promise<void>;
}

const CONNECT_ATTEMPTS = 200;
const CONNECT_PAUSE_MS = 50;
const HEADER_BYTES = 4;
/** More than any tensor of a model that a process holds. */
const FRAME_BYTES_MAX = 2 ** 31;

/** @param path of a Unix socket, which rank 0 makes */
export async function joinGroup(path: string, rank: number, size: number): Promise<RankGroup> {
  if (rank === 0) return await hub(path, size);
  const socket = await connected(path);
  const frames = framesOf(socket);
  send(socket, new Float32Array([rank]));
  return {
    rank,
    size,
    async allGather(own) {
      send(socket, own);
      const all = await nextFrame(frames, own.length * size);
      return Array.from({ length: size }, (_, other) =>
        all.subarray(other * own.length, (other + 1) * own.length),
      );
    },
    close: async () => void socket.destroy(),
  };
}

/** Rank 0 may come last. @throws Fault channel_unavailable */
async function connected(path: string): Promise<Socket> {
  for (let attempt = 0; attempt < CONNECT_ATTEMPTS; attempt += 1) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      socket.destroy();
      await delay(CONNECT_PAUSE_MS);
    }
  }
  throw broken(`nobody listens at ${path}`);
}

type Frames = AsyncGenerator<Float32Array, void, void>;

async function hub(path: string, size: number): Promise<RankGroup> {
  const server = createServer();
  const sockets: Socket[] = [];
  const ranks = new Map<number, { readonly socket: Socket; readonly frames: Frames }>();
  const complete = joined(server, sockets, ranks, size);
  server.listen(path);
  await complete;
  return {
    rank: 0,
    size,
    async allGather(own) {
      const all = new Float32Array(own.length * size);
      all.set(own);
      for (let rank = 1; rank < size; rank += 1)
        all.set(await nextFrame(ranks.get(rank)!.frames, own.length), rank * own.length);
      for (const { socket } of ranks.values()) send(socket, all);
      return Array.from({ length: size }, (_, rank) =>
        all.subarray(rank * own.length, (rank + 1) * own.length),
      );
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves when every other rank has said which one it is. */
function joined(
  server: Server,
  sockets: Socket[],
  ranks: Map<number, { readonly socket: Socket; readonly frames: Frames }>,
  size: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (size === 1) resolve();
    server.on('error', reject);
    server.on('connection', (socket) => {
      sockets.push(socket);
      const frames = framesOf(socket);
      const welcome = async (): Promise<void> => {
        const [rank = 0] = await nextFrame(frames, 1);
        if (!Number.isInteger(rank) || rank < 1 || rank >= size || ranks.has(rank))
          throw broken(`a second rank ${rank}, or none of this group`);
        ranks.set(rank, { socket, frames });
        if (ranks.size === size - 1) resolve();
      };
      welcome().catch(reject);
    });
  });
}

function send(socket: Socket, floats: Float32Array): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(floats.byteLength);
  socket.write(header);
  // Copied: the sender goes on with its array.
  socket.write(Buffer.from(floats.slice().buffer));
}

async function nextFrame(frames: Frames, floats: number): Promise<Float32Array> {
  const { value, done } = await frames.next();
  if (done === true || value === undefined) throw broken('a rank has left');
  if (value.length !== floats) throw broken(`${value.length} floats where ${floats} belong`);
  return value;
}

async function* framesOf(socket: Socket): Frames {
  let rest: Buffer = Buffer.alloc(0);
  let wanted = HEADER_BYTES;
  let parts: Buffer[] = [];
  let have = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    parts.push(chunk);
    have += chunk.byteLength;
    while (have >= wanted) {
      rest = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      if (wanted === HEADER_BYTES) {
        const bytes = rest.readUInt32LE();
        if (bytes > FRAME_BYTES_MAX || bytes % 4 !== 0) throw broken('not a frame of floats');
        wanted = HEADER_BYTES + bytes;
        parts = [rest];
        if (have < wanted) break;
      }
      // A copy, aligned as floats want it.
      yield new Float32Array(new Uint8Array(rest.subarray(HEADER_BYTES, wanted)).buffer);
      rest = rest.subarray(wanted);
      parts = [rest];
      have = rest.byteLength;
      wanted = HEADER_BYTES;
    }
  }
}

const broken = (why: string): Fault =>
  new Fault('channel_unavailable', `The group of ranks is broken: ${why}.`, { retryable: false });
