/**
 * Whether a stream's replicas have what its leader has. One that is reached and yet stays behind is
 * the case to look for: the stream goes on, everybody seems well, and the next loss of a server stops
 * it. Servers up to 2.14.5 can leave a replica so for good; a restart of that server helps.
 */
import type { DoctorFinding } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

const NANOS_A_SECOND = 1e9;
const CHECK = 'replicas';

/** As servers tell it: what is nothing or false they leave out, whatever the client's types say. */
interface Follower {
  readonly name: string;
  readonly current: boolean;
  /** Nanoseconds since it was heard of. */
  readonly active: number;
  readonly offline?: boolean;
  /** Messages. */
  readonly lag?: number;
}

interface Cluster {
  readonly leader?: string;
  readonly replicas?: readonly Follower[];
}

export function replicas(stream: string, cluster: Cluster): DoctorFinding {
  const { leader, replicas: followers = [] } = cluster;
  if (leader === undefined || leader === '')
    return fail(CHECK, `${stream} has no leader`, 'start servers until two of three are up');
  const behind = followers.filter(({ current, offline }) => !current || offline === true);
  if (behind.length === 0)
    return ok(CHECK, `${stream}: ${[leader, ...followers.map(({ name }) => name)].join(', ')}`);
  const told = behind.map(({ name, offline, lag = 0, active }) => {
    const state = offline === true ? 'offline' : `${lag} messages behind`;
    return `${name} is ${state}, last heard of ${Math.round(active / NANOS_A_SECOND)} s ago`;
  });
  return warn(
    CHECK,
    `${stream}: ${told.join('; ')}`,
    'if it stays so, restart that server: the stream cannot lose another meanwhile',
  );
}
