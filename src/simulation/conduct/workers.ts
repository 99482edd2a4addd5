/** Workers that cheat, idle or break their word. */
import { digestOf } from '../../events/digest.ts';
import type { Fact, FactOf } from '../../events/catalogue.ts';
import type { Digest } from '../../events/ids.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { ArtifactRef, Dataset, WindowBook } from '../../projections/books.ts';
import { assignmentOf, windowKeyOf } from '../../projections/books.ts';
import type { OpenDataset } from '../../roles/dataset-cache.ts';
import { DatasetCache } from '../../roles/dataset-cache.ts';
import type { Node } from '../../roles/node.ts';
import { WorkerDuties } from '../../roles/worker.ts';
import type { Conduct } from './conduct.ts';
import { rewriting, RewritingClient } from './rewriting.ts';

/** The last f32 of the file is the last element of the last tensor. */
function altered(delta: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(delta);
  const view = new DataView(copy.buffer, copy.byteLength - 4);
  view.setFloat32(0, -8 * view.getFloat32(0, true) - 1e-3, true);
  return copy;
}

const otherDigest = (what: string): Digest => digestOf(Buffer.from(what));

const windowOf = ({ follower }: Node, assignment: string): WindowBook | undefined =>
  follower.books.windows[windowKeyOf(assignment)];

export const alteredDelta: Conduct = {
  doc: 'Trains honestly, then changes the delta before committing to it.',
  role: 'worker',
  duties: () => new WorkerDuties(altered),
};

const COPY_WITHIN_MS = 15_000;

export const copiedDelta: Conduct = {
  doc: 'Commits to the digest of somebody else, and says it has uploaded those bytes.',
  role: 'worker',
  duties: copying(() => true),
};

export const sharedDelta: Conduct = {
  doc: 'One of several keys of an owner, alike in name: the first of them trains, the others commit to its delta.',
  role: 'worker',
  duties: copying((other, self) => stemOf(other) === stemOf(self) && other < self),
};

/** The owner of `sal-1` and `sal-2`, as everybody can read it and nobody can prove it. */
const stemOf = (name: string): string => name.replace(/-[^-]*$/, '');

const claiming = (
  fact: FactOf<'daybook.submission.committed.v1' | 'daybook.submission.committed.v3'>,
  delta: ArtifactRef,
): Fact =>
  fact.type === 'daybook.submission.committed.v3'
    ? { ...fact, data: { ...fact.data, output: delta } }
    : { ...fact, data: { ...fact.data, delta } };

/** Waits for a delta of somebody it may copy, by their names, and says that it is its own. */
function copying(
  mayCopy: (other: string, self: string) => boolean,
): NonNullable<Conduct['duties']> {
  return (honest, means) =>
    rewriting(async (fact, node, signal) => {
      const { members } = node.follower.books;
      const nameOf = (actor: string): string => members[actor]?.name ?? actor;
      if (
        fact.type === 'daybook.submission.committed.v1' ||
        fact.type === 'daybook.submission.committed.v3'
      ) {
        const { assignment } = fact.data;
        const self = nameOf(node.key.actor);
        const source = Object.values(members).some(({ name }) => mayCopy(name, self));
        const untilMs = node.clock.nowMs() + (source ? COPY_WITHIN_MS / means.haste : 0);
        while (node.clock.nowMs() < untilMs) {
          const others = Object.values(windowOf(node, assignment)?.assignments ?? {}).find(
            ({ participant, submission }) =>
              participant !== node.key.actor &&
              submission !== null &&
              mayCopy(nameOf(participant), self),
          );
          if (others?.submission) return claiming(fact, others.submission.delta);
          await node.clock.sleep(Math.ceil(500 / means.haste), signal);
        }
      }
      if (fact.type === 'daybook.upload.completed.v1') {
        const committed = assignmentOf(node.follower.books, fact.data.assignment)?.submission;
        if (committed) return { ...fact, data: { ...fact.data, delta: committed.delta } };
      }
      return fact;
    })(honest, means);
}

export const staleRevision: Conduct = {
  doc: 'Says it started from another checkpoint than the window does.',
  role: 'worker',
  duties: rewriting((fact, node) => {
    if (fact.type === 'daybook.submission.committed.v3')
      return { ...fact, data: { ...fact.data, input: otherDigest('no state') } };
    if (fact.type !== 'daybook.submission.committed.v1') return fact;
    const window = windowOf(node, fact.data.assignment);
    const revisions = node.follower.books.runs[window?.run ?? '']?.revisions ?? [];
    const older = revisions.at(-2)?.checkpoint.digest ?? otherDigest('no revision');
    return { ...fact, data: { ...fact.data, checkpoint: older } };
  }),
};

export const driftedState: Conduct = {
  doc: 'Shows, in some claims and when it catches up, another state than the ledger has.',
  role: 'worker',
  duties: (honest, means) => {
    const drift = (fact: Fact): Fact =>
      (fact.type === 'daybook.assignment.claimed.v2' ||
        fact.type === 'daybook.catchup.completed.v1') &&
      means.chance.ppm(500_000)
        ? ({ ...fact, data: { ...fact.data, checkpoint: otherDigest('a state') } } as Fact)
        : fact;
    const perform = rewriting(drift)(honest, means).perform;
    return {
      perform,
      beside: async (node, signal) => {
        const { channel, clock, key, log } = means;
        const client = new RewritingClient({ channel, clock, key, log }, drift);
        await honest.beside?.({ ...node, client }, signal);
      },
    };
  },
};

export const wrongReceipt: Conduct = {
  doc: 'Trains honestly, and shows a receipt for other pages.',
  role: 'worker',
  duties: rewriting((fact) =>
    fact.type === 'daybook.assignment.claimed.v2'
      ? { ...fact, data: { ...fact.data, pagesRoot: otherDigest('pages').slice(7) } }
      : fact,
  ),
};

export const neverCommits: Conduct = {
  doc: 'Claims its work and never commits to anything.',
  role: 'worker',
  duties: rewriting((fact) =>
    fact.type === 'daybook.submission.committed.v1' ||
    fact.type === 'daybook.submission.committed.v3'
      ? null
      : fact,
  ),
};

export const neverReveals: Conduct = {
  doc: 'Commits to its delta and never shows the bytes.',
  role: 'worker',
  duties: (honest) => ({
    perform: async (step, node, signal) => {
      if (step.kind !== 'reveal') await honest.perform(step, node, signal);
    },
  }),
};

export const revealsOther: Conduct = {
  doc: 'Reveals other bytes than it has committed to.',
  role: 'worker',
  duties: rewriting((fact) =>
    fact.type === 'daybook.upload.completed.v1'
      ? {
          ...fact,
          data: { ...fact.data, delta: { ...fact.data.delta, digest: otherDigest('other') } },
        }
      : fact,
  ),
};

export const revealsNothing: Conduct = {
  doc: 'Says that its bytes are in the store, and stores none.',
  role: 'worker',
  duties: (honest) => ({
    perform: (step, node, signal) => {
      const { artifacts } = node;
      const put = async (bytes: Uint8Array) => ({
        digest: digestOf(bytes),
        sizeBytes: bytes.length,
      });
      const store = {
        put,
        get: artifacts.get.bind(artifacts),
        has: artifacts.has.bind(artifacts),
        list: artifacts.list.bind(artifacts),
        close: artifacts.close.bind(artifacts),
      };
      return honest.perform(step, { ...node, artifacts: store }, signal);
    },
  }),
};

/** A command's name, as it stands in its bytes. */
const isCommand = (payload: Uint8Array, name: string): boolean =>
  Buffer.from(payload).includes(`"command":"${name}"`);

export const muteHeart: Conduct = {
  doc: 'Works, but sends no heartbeat: the ledger cannot tell it from a dead one.',
  role: 'worker',
  channel: ({ channel, clock }) => ({
    request: async (kind, payload, options) => {
      if (!isCommand(payload, 'heartbeat')) return channel.request(kind, payload, options);
      await clock.sleep(options.timeoutMs);
      throw new Fault('request_timeout', 'kept back', { retryable: true });
    },
    serve: channel.serve.bind(channel),
    publishStep: channel.publishStep.bind(channel),
    steps: channel.steps.bind(channel),
    close: channel.close.bind(channel),
  }),
};

/** Every page is the one after it. */
class ShiftedPages extends DatasetCache {
  override async open(info: Dataset): Promise<OpenDataset> {
    const dataset = await super.open(info);
    return { ...dataset, page: (index) => dataset.page((index + 1) % info.pages) };
  }
}

export const wrongPages: Conduct = {
  doc: 'Trains on other pages than it was given.',
  role: 'worker',
  duties: (honest, { artifacts }) => {
    const datasets = new ShiftedPages(artifacts);
    return { perform: (step, node, signal) => honest.perform(step, { ...node, datasets }, signal) };
  },
};
