/** A reply is what it says it is, or a fault that says it is none. */
import { expect, it } from 'vitest';
import { decodeReply, encodeReply } from './reply.ts';
import type { Reply } from './reply.ts';

const replies: Reply[] = [
  { status: 'recorded', sequence: 0, count: 1, repeated: false },
  { status: 'refused', code: 'overloaded', message: 'later', retryable: true },
  { status: 'fault', code: 'log_unavailable', message: 'away' },
];

it.each(replies)('$status comes back as it was sent', (reply) => {
  expect(decodeReply(encodeReply(reply))).toEqual(reply);
});

it.each([
  '',
  'null',
  '[]',
  '"recorded"',
  '{}',
  '{"status":"recorded"}',
  '{"status":"recorded","sequence":-1,"count":1,"repeated":false}',
  '{"status":"recorded","sequence":0.5,"count":1,"repeated":false}',
  '{"status":"recorded","sequence":0,"count":1,"repeated":1}',
  '{"status":"refused","code":"overloaded","message":"later"}',
  '{"status":"fault","code":"toString","message":""}',
  '{"status":"fault","code":["log_unavailable"],"message":""}',
  '{"status":"head"}',
])('%s is no reply', (text) => {
  const garbled = expect.objectContaining({ name: 'Fault', code: 'channel_unavailable' });
  expect(() => decodeReply(Buffer.from(text))).toThrow(garbled);
});
