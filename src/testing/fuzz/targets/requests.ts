/** What travels on the channel: commands, queries, their answers, and steps. */
import * as E from 'fp-ts/lib/Either.js';
import { decodeCommand, encodeCommand, statementOf } from '../../../commands/command.ts';
import type { Command } from '../../../commands/command.ts';
import { Fault } from '../../../commands/ports/fault.ts';
import { decodeReply, encodeReply } from '../../../commands/reply.ts';
import type { Reply } from '../../../commands/reply.ts';
import type { Fact } from '../../../events/catalogue.ts';
import { commandTable } from '../../../events/catalogue.ts';
import { decodeEvent } from '../../../events/decode-event.ts';
import { ledgerOf } from '../../../events/entry.ts';
import type { Digest } from '../../../events/ids.ts';
import { statementBytes, verifyStatement } from '../../../events/statement.ts';
import { decodeAnswer, decodeQuery, encodeAnswer, encodeQuery } from '../../../roles/query.ts';
import type { Answer } from '../../../roles/query.ts';
import { decodeStep, encodeStep } from '../../../roles/steps.ts';
import { signedHead, storyLines, verifierKey } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { bytesOfText, declared, feedRoundTrip, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const commandTypes = new Set([...commandTable.values()].map(({ type }) => type as string));

/** The command that each signed entry of the story came from. */
const sent: readonly Command[] = storyLines.flatMap((line) => {
  const event = decodeEvent(line);
  if (E.isLeft(event)) throw new Error(event.left.message);
  const { type, data, commandid, source, actor, sig } = event.right;
  if (sig === undefined || !commandTypes.has(type)) return [];
  const fact = { type, data } as unknown as Fact;
  return [{ id: commandid, ledger: ledgerOf(source), actor, fact, sig }];
});
const said = (command: Command): string =>
  Buffer.from(statementBytes(statementOf(command))).toString('latin1');
const signed = new Set(sent.map(said));

function feedSignature(input: Uint8Array): boolean {
  const command = decodeCommand(input);
  if (E.isLeft(command)) return false;
  if (!verifyStatement(statementOf(command.right), command.right.sig)) return false;
  promise(signed.has(said(command.right)), 'a signature holds over a command that nobody gave');
  return true;
}

const head = { size: 5, checkpoint: signedHead(storyLines.slice(0, 5)), verifierKey };
const digest = `sha256:${'0a'.repeat(32)}` as Digest;
const answers: readonly Answer[] = [
  { status: 'head', ...head },
  { status: 'books', digest, ...head },
  { status: 'refused', code: 'malformed_query', message: 'no such question' },
];
const replies: readonly Reply[] = [
  { status: 'recorded', sequence: 12, count: 3, repeated: false },
  {
    status: 'refused',
    code: 'unknown_command',
    message: 'there is no command "x"',
    retryable: false,
  },
  { status: 'fault', code: 'log_unavailable', message: 'away' },
];

const isGarbled = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'channel_unavailable';

export const requestTargets: readonly FuzzTarget[] = [
  {
    name: 'command',
    samples: sent.map((command) => encodeCommand(command)),
    edits: [editJson],
    feed: feedRoundTrip<Command>({
      decode: (input) => {
        const command = decodeCommand(input);
        return E.isRight(command) ? command.right : undefined;
      },
      encode: encodeCommand,
      print: (command) => JSON.stringify(command),
    }),
  },
  {
    name: 'command-signature',
    samples: sent.map((command) => encodeCommand(command)),
    edits: [editJson],
    feed: feedSignature,
  },
  {
    name: 'query',
    samples: [encodeQuery({ query: 'head' }), encodeQuery({ query: 'books', atLeast: 7 })],
    edits: [editJson],
    feed: feedRoundTrip({
      decode: (input) => decodeQuery(input) ?? undefined,
      encode: encodeQuery,
    }),
  },
  {
    name: 'answer',
    samples: answers.map((answer) => encodeAnswer(answer)),
    edits: [editJson],
    feed: feedRoundTrip<Answer>({
      decode: (input) => declared(() => decodeAnswer(input), isGarbled),
      encode: encodeAnswer,
    }),
  },
  {
    name: 'reply',
    samples: replies.map((reply) => encodeReply(reply)),
    edits: [editJson],
    feed: feedRoundTrip<Reply>({
      decode: (input) => declared(() => decodeReply(input), isGarbled),
      encode: encodeReply,
    }),
  },
  {
    name: 'step',
    samples: [
      encodeStep({ kind: 'train', about: 'r/0/1', sequence: 9 }),
      bytesOfText('{"kind":"aggregate","about":"r/3","sequence":120}'),
    ],
    edits: [editJson],
    feed: feedRoundTrip({ decode: (input) => decodeStep(input) ?? undefined, encode: encodeStep }),
  },
];
