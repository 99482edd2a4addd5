/** Entries, events of the catalogue, authors' signatures, and commits as logs carry them. */
import * as E from 'fp-ts/lib/Either.js';
import type { MsgHdrs } from '@nats-io/transport-node';
import { commitOfMessage } from '../../../adapters/nats/commit-message.ts';
import { Fault } from '../../../commands/ports/fault.ts';
import { canonicalJson } from '../../../events/canonical-json.ts';
import type { JsonValue } from '../../../events/canonical-json.ts';
import { packCommit, unpackCommit } from '../../../events/commit-codec.ts';
import type { Commit } from '../../../events/commit.ts';
import { decodeEvent } from '../../../events/decode-event.ts';
import { decodeEntry, encodeEntry } from '../../../events/entry.ts';
import type { Entry } from '../../../events/entry.ts';
import type { CommitId, EntrySequence } from '../../../events/ids.ts';
import { statementBytes, verifyEntrySignature } from '../../../events/statement.ts';
import { storyLines } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { editLines } from '../line-edits.ts';
import { bytesOfText, declared, feedRoundTrip, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const printed = (value: unknown): string => canonicalJson(value as JsonValue);
const valueOf = <T>(decoded: E.Either<unknown, T>): T | undefined =>
  E.isRight(decoded) ? decoded.right : undefined;

/** Every statement that somebody signed in the story. */
const statements = new Set(
  storyLines.map((line) => {
    const entry = decodeEntry(line);
    return E.isRight(entry) ? Buffer.from(statementBytes(entry.right)).toString('latin1') : '';
  }),
);

function feedSignature(line: Uint8Array): boolean {
  const entry = decodeEntry(line);
  if (E.isLeft(entry) || !verifyEntrySignature(entry.right)) return false;
  const said = Buffer.from(statementBytes(entry.right)).toString('latin1');
  promise(statements.has(said), 'a signature holds over a statement that nobody signed');
  return true;
}

/** Frame and payload in one input: `<id> <first> <count> <root>`, then the lines. */
function frameOf(input: Uint8Array): Commit {
  const end = input.indexOf(0x0a);
  const frame = Buffer.from(input.subarray(0, end < 0 ? input.length : end)).toString('latin1');
  const [id = '', first = '', count = '', root = ''] = frame.split(' ');
  return {
    id: id as CommitId,
    first: Number(first) as EntrySequence,
    count: Number(count),
    root,
    payload: end < 0 ? new Uint8Array(0) : input.subarray(end + 1),
  };
}
const framed = ({ id, first, count, root, payload }: Commit): Uint8Array =>
  Buffer.concat([Buffer.from(`${id} ${first} ${count} ${root}\n`, 'latin1'), payload]);

const commits = [1, 2, 5].map((count, index) =>
  framed(
    packCommit(
      `c-${index}` as CommitId,
      (index * 5) as EntrySequence,
      storyLines.slice(index * 5, index * 5 + count),
      new Uint8Array(32).fill(index),
    ),
  ),
);

function linesOf(input: Uint8Array): (Commit & { lines: readonly Uint8Array[] }) | undefined {
  const commit = frameOf(input);
  const lines = valueOf(unpackCommit(commit));
  return lines === undefined ? undefined : { ...commit, lines };
}

function headersOf(text: string): MsgHdrs {
  const headers = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  return { get: (name: string) => headers.get(name) ?? '' } as MsgHdrs;
}

const messages = ['0', '7', '9007199254740991'].map((first, index) =>
  bytesOfText(
    `Nats-Msg-Id: c-${index}\nDaybook-First: ${first}\nDaybook-Count: ${index + 1}\n` +
      `Daybook-Root: ${Buffer.alloc(32, index).toString('base64')}`,
  ),
);

export const entryTargets: readonly FuzzTarget[] = [
  {
    name: 'entry',
    samples: storyLines,
    edits: [editJson],
    feed: feedRoundTrip<Entry>({
      decode: (line) => valueOf(decodeEntry(line)),
      encode: encodeEntry,
      print: printed,
    }),
  },
  {
    name: 'event',
    samples: storyLines,
    edits: [editJson],
    feed: feedRoundTrip({
      decode: (line) => valueOf(decodeEvent(line)),
      encode: (event) => encodeEntry(event as unknown as Entry),
      print: printed,
    }),
  },
  { name: 'entry-signature', samples: storyLines, edits: [editJson], feed: feedSignature },
  {
    name: 'commit',
    samples: commits,
    edits: [editLines],
    feed: feedRoundTrip({
      decode: linesOf,
      encode: ({ id, first, root, lines }) =>
        framed(packCommit(id, first, lines, Buffer.from(root, 'base64'))),
    }),
  },
  {
    name: 'commit-message',
    samples: messages,
    edits: [editLines],
    feed: feedRoundTrip({
      decode: (input) =>
        declared(
          () => commitOfMessage(1, headersOf(Buffer.from(input).toString()), new Uint8Array(0)),
          (error) => error instanceof Fault && error.code === 'log_corrupt',
        ),
      encode: ({ id, first, count, root }) =>
        bytesOfText(
          `Nats-Msg-Id: ${id}\nDaybook-First: ${first}\nDaybook-Count: ${count}\nDaybook-Root: ${root}`,
        ),
    }),
  },
];
