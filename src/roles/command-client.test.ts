/** What a node signs under one id, whatever the authority answers. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeReply } from '../commands/reply.ts';
import type { Reply } from '../commands/reply.ts';
import { keyNamed, LEDGER } from '../testing/desk.ts';
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
