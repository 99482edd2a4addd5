import { expect, it } from 'vitest';
import { replicas } from './replicas.ts';

const follower = { name: 'n2', current: true, active: 2e9, peer: 'p2' } as const;

it('names who has a stream, and who is behind', () => {
  expect(replicas('LOG', { leader: 'n1', replicas: [follower] })).toMatchObject({
    status: 'ok',
    detail: 'LOG: n1, n2',
  });
  const silent = { ...follower, current: false, active: 181e9, lag: 31_194 };
  expect(replicas('LOG', { leader: 'n1', replicas: [silent] })).toMatchObject({
    status: 'warn',
    detail: 'LOG: n2 is 31194 messages behind, last heard of 181 s ago',
  });
  const gone = { ...follower, offline: true };
  expect(replicas('LOG', { leader: 'n1', replicas: [follower, gone] })).toMatchObject({
    status: 'warn',
    detail: 'LOG: n2 is offline, last heard of 2 s ago',
  });
});

it('fails a stream that nobody leads', () => {
  expect(replicas('LOG', { replicas: [follower] })).toMatchObject({ status: 'fail' });
});
