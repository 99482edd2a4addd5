/**
 * The contract of `Channel`, run by every adapter's test against the real thing. The bench owns
 * time: `elapse` waits on the machine's clock or moves a virtual one, so redelivery is tested
 * without asserting how long anything took.
 */
import assert from 'node:assert';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejection } from './collect.ts';
import type { Channel, IncomingRequest, StepDelivery } from '../../commands/ports/channel.ts';
import type { ActorId } from '../../events/ids.ts';

export interface ChannelBench {
  /** A further handle on the bench's channel. */
  openChannel(): Promise<Channel>;
  /** Lets time pass; resolves when it has. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

const ALICE = `U${'A'.repeat(55)}` as ActorId;
const BOB = `U${'B'.repeat(55)}` as ActorId;
const REDELIVER_MS = 1_000;
const LONG_MS = 60_000;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const echo = (request: IncomingRequest): void =>
  request.reply(utf8(`${request.kind}:${textOf(request.payload)}`));

/** A consumer whose deliveries are asked for one by one. */
function consume(channel: Channel, addressee: ActorId, redeliverAfterMs: number) {
  const stop = new AbortController();
  const steps = channel.steps(addressee, { redeliverAfterMs }, stop.signal);
  const iterator = steps[Symbol.asyncIterator]();
  return {
    next: async (): Promise<StepDelivery> => {
      const result = await iterator.next();
      assert(result.done !== true, 'the consumer ended');
      return result.value;
    },
    /** Waits in the background; the caller lets time pass meanwhile. */
    ended: async (): Promise<boolean> => (await iterator.next()).done === true,
    stop: () => stop.abort(),
  };
}

export function describeChannel(name: string, openBench: () => Promise<ChannelBench>): void {
  describe(`channel: ${name}`, () => {
    let bench: ChannelBench;
    let near: Channel;
    let far: Channel;
    let stop: AbortController;
    beforeEach(async () => {
      bench = await openBench();
      near = await bench.openChannel();
      far = await bench.openChannel();
      stop = new AbortController();
    });
    afterEach(async () => {
      stop.abort();
      await bench.close();
    });

    describe('requests', () => {
      it('carries a request to the server and its reply back', async () => {
        void far.serve(echo, stop.signal);
        const options = { timeoutMs: LONG_MS };
        expect(textOf(await near.request('command', utf8('one'), options))).toBe('command:one');
        expect(textOf(await near.request('query', utf8('two'), options))).toBe('query:two');
        expect(textOf(await far.request('query', utf8('self'), options))).toBe('query:self');
      });

      it('carries bytes as they are, and none', async () => {
        void far.serve((request) => request.reply(request.payload), stop.signal);
        const bytes = Uint8Array.from({ length: 100_000 }, (_, n) => (n * 31) & 0xff);
        for (const payload of [bytes, new Uint8Array(0)]) {
          const reply = await near.request('command', payload, { timeoutMs: LONG_MS });
          expect(Buffer.compare(reply, payload)).toBe(0);
        }
      });

      it('keeps concurrent requests apart, whatever the order of the replies', async () => {
        const held: IncomingRequest[] = [];
        void far.serve((request) => {
          held.push(request);
          if (held.length === 60) for (const each of held.toReversed()) echo(each);
        }, stop.signal);
        const replies = await Promise.all(
          Array.from({ length: 60 }, (_, n) =>
            (n % 2 === 0 ? near : far).request('command', utf8(`${n}`), { timeoutMs: LONG_MS }),
          ),
        );
        expect(replies.map(textOf)).toEqual(replies.map((_, n) => `command:${n}`));
      });

      it('serves one caller’s requests in the order it sent them', async () => {
        const order: string[] = [];
        void far.serve((request) => {
          order.push(textOf(request.payload));
          echo(request);
        }, stop.signal);
        const sent = Array.from({ length: 50 }, (_, n) => `${n}`);
        const options = { timeoutMs: LONG_MS };
        await near.request('query', utf8('is somebody there'), options);
        order.length = 0;
        await Promise.all(sent.map((text) => near.request('command', utf8(text), options)));
        expect(order).toEqual(sent);
      });

      it('answers request_timeout when nobody serves or nobody replies', async () => {
        const unserved = rejection(near.request('command', utf8('?'), { timeoutMs: 300 }));
        await bench.elapse(400);
        const timeout = { name: 'Fault', code: 'request_timeout', retryable: true };
        expect(await unserved).toMatchObject(timeout);
        void far.serve(() => undefined, stop.signal);
        const unanswered = rejection(near.request('query', utf8('?'), { timeoutMs: 300 }));
        await bench.elapse(400);
        expect(await unanswered).toMatchObject(timeout);
      });

      it('finds a server that comes after the request was sent', async () => {
        const asked = near.request('command', utf8('early'), { timeoutMs: LONG_MS });
        await bench.elapse(100);
        void far.serve(echo, stop.signal);
        expect(textOf(await asked)).toBe('command:early');
      });

      it('goes on when the server stops and another takes over', async () => {
        const first = new AbortController();
        const served = far.serve(echo, first.signal);
        const options = { timeoutMs: LONG_MS };
        expect(textOf(await near.request('command', utf8('1'), options))).toBe('command:1');
        first.abort();
        await served;
        const asked = near.request('command', utf8('2'), options);
        const successor = await bench.openChannel();
        void successor.serve(echo, stop.signal);
        expect(textOf(await asked)).toBe('command:2');
      });

      it('refuses what is too large to carry everywhere', async () => {
        const payload = new Uint8Array(1_000_001);
        const tooLarge = { name: 'Fault', code: 'payload_too_large', retryable: false };
        const request = near.request('command', payload, { timeoutMs: LONG_MS });
        expect(await rejection(request)).toMatchObject(tooLarge);
        expect(await rejection(near.publishStep(ALICE, 'big', payload))).toMatchObject(tooLarge);
      });
    });

    describe('steps', () => {
      it('delivers steps that were published before anybody consumed, in order', async () => {
        await near.publishStep(ALICE, 's1', utf8('one'));
        await near.publishStep(ALICE, 's2', utf8('two'));
        const worker = consume(far, ALICE, LONG_MS);
        for (const [stepId, text] of [
          ['s1', 'one'],
          ['s2', 'two'],
        ]) {
          const step = await worker.next();
          expect(step).toMatchObject({ stepId, attempt: 1 });
          expect(textOf(step.payload)).toBe(text);
          await step.ack();
        }
        worker.stop();
      });

      it('delivers steps that are published while somebody waits', async () => {
        const worker = consume(far, ALICE, LONG_MS);
        const waiting = worker.next();
        await bench.elapse(50);
        await near.publishStep(ALICE, 's1', utf8('one'));
        const step = await waiting;
        expect(step.stepId).toBe('s1');
        await step.ack();
        worker.stop();
      });

      it('keeps addressees apart', async () => {
        await near.publishStep(ALICE, 'same', utf8('for alice'));
        await near.publishStep(BOB, 'same', utf8('for bob'));
        const alice = consume(near, ALICE, LONG_MS);
        const bob = consume(far, BOB, LONG_MS);
        const forBob = await bob.next();
        const forAlice = await alice.next();
        expect([textOf(forAlice.payload), textOf(forBob.payload)]).toEqual([
          'for alice',
          'for bob',
        ]);
        await forBob.ack();
        await forAlice.ack();
        await near.publishStep(BOB, 'next', utf8('for bob again'));
        expect((await bob.next()).stepId).toBe('next');
        alice.stop();
        bob.stop();
      });

      it('delivers again what was not acknowledged, and nothing else meanwhile', async () => {
        await near.publishStep(ALICE, 's1', utf8('one'));
        await near.publishStep(ALICE, 's2', utf8('two'));
        const worker = consume(far, ALICE, REDELIVER_MS);
        expect(await worker.next()).toMatchObject({ stepId: 's1', attempt: 1 });
        const again = worker.next();
        await bench.elapse(REDELIVER_MS + 100);
        const second = await again;
        expect(second).toMatchObject({ stepId: 's1', attempt: 2 });
        expect(textOf(second.payload)).toBe('one');
        await second.ack();
        expect(await worker.next()).toMatchObject({ stepId: 's2', attempt: 1 });
        worker.stop();
      });

      it('does not deliver again while the worker says it is working', async () => {
        await near.publishStep(ALICE, 'slow', utf8('slow'));
        await near.publishStep(ALICE, 'next', utf8('next'));
        // Time enough for a word of it to come late, where the clock is the machine's.
        const redeliverMs = 5 * REDELIVER_MS;
        const worker = consume(far, ALICE, redeliverMs);
        const slow = await worker.next();
        const following = worker.next();
        for (let n = 0; n < 6; n++) {
          await bench.elapse(redeliverMs / 5);
          await slow.working();
        }
        await slow.ack();
        expect(await following).toMatchObject({ stepId: 'next', attempt: 1 });
        worker.stop();
      });

      it('delivers again after the asked delay what was handed back', async () => {
        await near.publishStep(ALICE, 's1', utf8('one'));
        await near.publishStep(ALICE, 's2', utf8('two'));
        const worker = consume(far, ALICE, LONG_MS);
        const first = await worker.next();
        await first.nak(200);
        const again = worker.next();
        await bench.elapse(300);
        const second = await again;
        expect(second).toMatchObject({ stepId: 's1', attempt: 2 });
        await second.nak(0);
        const third = await worker.next();
        expect(third).toMatchObject({ stepId: 's1', attempt: 3 });
        await third.ack();
        expect((await worker.next()).stepId).toBe('s2');
        worker.stop();
      });

      it('never delivers an acknowledged step again, not even when it is published again', async () => {
        await near.publishStep(ALICE, 's1', utf8('one'));
        const worker = consume(far, ALICE, REDELIVER_MS);
        const step = await worker.next();
        await step.ack();
        await step.ack();
        await near.publishStep(ALICE, 's1', utf8('one'));
        const following = worker.next();
        await bench.elapse(REDELIVER_MS + 200);
        await near.publishStep(ALICE, 's2', utf8('two'));
        expect(await following).toMatchObject({ stepId: 's2', attempt: 1 });
        worker.stop();
      });

      it('queues a step once, however often it is published', async () => {
        for (let n = 0; n < 3; n++) await near.publishStep(ALICE, 's1', utf8('one'));
        await Promise.all([1, 2].map(() => far.publishStep(ALICE, 's1', utf8('one'))));
        await near.publishStep(ALICE, 's2', utf8('two'));
        const worker = consume(far, ALICE, LONG_MS);
        const step = await worker.next();
        await near.publishStep(ALICE, 's1', utf8('one'));
        await step.ack();
        expect((await worker.next()).stepId).toBe('s2');
        worker.stop();
      });

      it('gives a dead worker’s step to its successor', async () => {
        await near.publishStep(ALICE, 's1', utf8('one'));
        const dead = consume(near, ALICE, REDELIVER_MS);
        expect((await dead.next()).attempt).toBe(1);
        await near.close();
        const successor = consume(far, ALICE, REDELIVER_MS);
        const delivered = successor.next();
        await bench.elapse(REDELIVER_MS + 200);
        const step = await delivered;
        expect(step).toMatchObject({ stepId: 's1', attempt: 2 });
        await step.ack();
        successor.stop();
      });

      it('ends when aborted, and leaves what comes later to the next consumer', async () => {
        const first = consume(far, ALICE, LONG_MS);
        const ended = first.ended();
        await bench.elapse(50);
        first.stop();
        expect(await ended).toBe(true);
        await near.publishStep(ALICE, 's1', utf8('one'));
        const second = consume(far, ALICE, LONG_MS);
        expect(await second.next()).toMatchObject({ stepId: 's1', attempt: 1 });
        second.stop();
      });
    });
  });
}
