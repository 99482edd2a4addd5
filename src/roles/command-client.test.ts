/** What a node signs under one id, whatever the authority answers. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { VirtualClock } from '../adapters/memory/virtual-clock.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeReply } from '../commands/reply.ts';
import type { Reply } from '../commands/reply.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { refuse } from '../commands/refusal.ts';
import type { FactOf } from '../events/catalogue.ts';
import { packCommit } from '../events/commit-codec.ts';
import type { CommitId, EntrySequence } from '../events/ids.ts';
import { LOG_START } from '../events/ids.ts';
import { CompactRange, leafHash } from '../events/merkle.ts';
import { Desk, keyNamed, LEDGER, NONCE } from '../testing/desk.ts';
import { CommandClient } from './command-client.ts';

it('repeats what it signed until the id is answered, also when asked to say something else', async () => {
  const { log, channel, close } = await openLedger('memory:', LEDGER, {
    memory: new MemoryWorld(systemClock),
  });
  const fault: Reply = { status: 'fault', code: 'storage_full', message: 'perhaps' };
  const recorded: Reply = { status: 'recorded', sequence: 7, count: 1, repeated: false } as Reply;
  const replies = [fault, recorded, recorded];
  const sent: string[] = [];
  const stop = new AbortController();
  const serving = channel.serve((request) => {
    sent.push(Buffer.from(request.payload).toString());
    request.reply(encodeReply(replies.shift() ?? recorded));
  }, stop.signal);
  const client = new CommandClient({
    channel,
    clock: systemClock,
    key: keyNamed('w'),
    log,
  });
  const say = (beat: number) =>
    client.send(
      'beat',
      {
        type: 'daybook.participant.heartbeated.v1',
        data: { participant: keyNamed('w').actor, session: 1, beat },
      },
      stop.signal,
    );
  await expect(say(1)).rejects.toThrow('perhaps');
  expect(await say(2)).toMatchObject({ status: 'recorded' });
  await say(3);
  expect(sent[1]).toBe(sent[0]);
  expect(sent[2]).not.toBe(sent[0]);
  stop.abort();
  await serving;
  await close();
});

it('waits for no answer any more once it is aborted', async () => {
  // Time stands still: what is not answered would be waited for for ever.
  const clock = new VirtualClock(0);
  const { log, channel, close } = await openLedger('memory:', LEDGER, {
    memory: new MemoryWorld(clock),
  });
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const serving = channel.serve(() => asked.resolve(), stop.signal);
  const client = new CommandClient({ channel, clock, key: keyNamed('w'), log });
  const abort = new AbortController();
  const about = { participant: keyNamed('w').actor, session: 1, beat: 1 };
  const fact = { type: 'daybook.participant.heartbeated.v1', data: about } as const;
  const sending = client.send('beat', fact, abort.signal);
  await asked.promise;
  const reason = new Error('told to stop');
  abort.abort(reason);
  await expect(sending).rejects.toBe(reason);
  stop.abort();
  await serving;
  await close();
}, 5000);

it('signs again what it signed before there was an entry 0', async () => {
  const { log, channel, close } = await openLedger('memory:', LEDGER, {
    memory: new MemoryWorld(systemClock),
  });
  const sent: { id: string; data: unknown }[] = [];
  const stop = new AbortController();
  const serving = channel.serve((request) => {
    sent.push(JSON.parse(Buffer.from(request.payload).toString()));
    const opened = sent.length === 1 ? openIn(log) : Promise.resolve();
    void opened.then(() =>
      request.reply(
        encodeReply(
          sent.length === 1
            ? { status: 'refused', ...refuse('command_untagged', 'of another time') }
            : { status: 'recorded', sequence: 1, count: 1, repeated: false },
        ),
      ),
    );
  }, stop.signal);
  const client = new CommandClient({ channel, clock: systemClock, key: keyNamed('w'), log });
  const fact: FactOf<'daybook.participant.heartbeated.v1'> = {
    type: 'daybook.participant.heartbeated.v1',
    data: { participant: keyNamed('w').actor, session: 1, beat: 1 },
  };
  expect(await client.send('beat', fact, stop.signal)).toMatchObject({ status: 'recorded' });
  expect(sent.map(({ id }) => id)).toEqual(['beat', `beat:${NONCE.slice(0, 8)}-0`]);
  expect(sent[1]?.data).toEqual(sent[0]?.data);
  stop.abort();
  await serving;
  await close();
});

/** What an authority does when it opens a ledger. */
async function openIn(log: EventLog): Promise<void> {
  const [line] = new Desk().open().lines;
  if (line === undefined) throw new Error('an opening is an entry');
  const tree = CompactRange.empty();
  tree.append(leafHash(line));
  const commit = packCommit('opening' as CommitId, 0 as EntrySequence, [line], tree.root());
  await log.append(commit, LOG_START);
}
