/**
 * Commits in a file, one after the other: a line of JSON `{id, first, count, root, bytes}`, then
 * that many bytes, the commit's payload as it is stored.
 */
import { Fault } from '../../commands/ports/fault.ts';
import type { Commit } from '../../events/commit.ts';

interface Head {
  readonly id: Commit['id'];
  readonly first: Commit['first'];
  readonly count: number;
  readonly root: string;
  readonly bytes: number;
}

export function encodeCommit({ id, first, count, root, payload }: Commit): Buffer {
  const head: Head = { id, first, count, root, bytes: payload.byteLength };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), payload]);
}

/** What is stated is not checked here, only where each commit begins and ends. @throws Fault log_corrupt */
export function* commitsIn(bytes: Uint8Array, file: string): Generator<Commit, void, void> {
  const corrupt = (why: string): Fault =>
    new Fault('log_corrupt', `${file}: ${why}`, { retryable: false });
  let at = 0;
  while (at < bytes.byteLength) {
    const end = bytes.indexOf(0x0a, at);
    if (end === -1) throw corrupt('ends within the head of a commit');
    let head: Head;
    try {
      head = JSON.parse(Buffer.from(bytes.subarray(at, end)).toString('utf8')) as Head;
    } catch {
      throw corrupt(`no head of a commit at byte ${at}`);
    }
    const { id, first, count, root, bytes: length } = head;
    if (!Number.isSafeInteger(length) || length < 0 || end + 1 + length > bytes.byteLength)
      throw corrupt(`commit ${id} is cut off`);
    yield { id, first, count, root, payload: bytes.subarray(end + 1, end + 1 + length) };
    at = end + 1 + length;
  }
}
