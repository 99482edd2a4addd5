import { JetStreamApiError } from '@nats-io/jetstream';
import { expect, it } from 'vitest';
import { isTransient, natsFault } from './nats-fault.ts';

const refused = (code: number, errCode: number, description: string): JetStreamApiError =>
  new JetStreamApiError({ code, err_code: errCode, description });

it('waits for a commit that is on its way already: that is no refusal', () => {
  const underWay = refused(409, 10158, 'duplicate message id is in process');
  expect(isTransient(underWay)).toBe(true);
});

it('does not repeat what will be refused again', () => {
  const [absent, full] = [refused(404, 10059, 'no stream'), refused(503, 10077, 'no space left')];
  expect([absent, full].map(isTransient)).toEqual([false, false]);
  expect(natsFault('Opening', absent, 'log_unavailable').code).toBe('log_not_found');
  expect(natsFault('Appending', full, 'log_unavailable').code).toBe('storage_full');
});
