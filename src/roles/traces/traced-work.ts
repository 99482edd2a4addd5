/**
 * What a node does for a step, as spans of it: bytes up and down, computation. Outside of a step
 * nothing of that is told: states that are fetched ahead are nobody's work.
 */
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { ComputeLane } from '../compute-lane.ts';
import type { Attributes, SpanKind, Tracer } from './tracer.ts';

const within = <T>(
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> =>
  tracer.active === null ? work() : tracer.around(tracer.start(name, { kind, attributes }), work);

export const tracedArtifacts = (artifacts: Artifacts, tracer: Tracer): Artifacts => ({
  put: (bytes) =>
    within(tracer, 'upload', 'client', { 'daybook.bytes': bytes.byteLength }, () =>
      artifacts.put(bytes),
    ),
  get: (digest) =>
    within(tracer, 'download', 'client', { 'daybook.digest': digest }, () => artifacts.get(digest)),
  ...(artifacts.range === undefined ? {} : { range: artifacts.range.bind(artifacts) }),
  has: (digest) => artifacts.has(digest),
  list: () => artifacts.list(),
  close: () => artifacts.close(),
});

export const tracedLane = (lane: ComputeLane, tracer: Tracer): ComputeLane => {
  const { backend } = lane.info;
  const { disputes } = lane;
  const attributes = { 'daybook.backend': backend };
  return {
    info: lane.info,
    run: (name, input) =>
      within(tracer, `compute ${name}`, 'internal', attributes, () => lane.run(name, input)),
    ...(disputes === undefined
      ? {}
      : {
          disputes: {
            run: (name, input) =>
              within(tracer, `compute ${name}`, 'internal', attributes, () =>
                disputes.run(name, input),
              ),
          },
        }),
    close: () => lane.close(),
  };
};
