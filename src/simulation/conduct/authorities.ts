/** Authorities that break their word. */
import { parseCheckpoint, signCheckpoint } from '../../events/checkpoint.ts';
import { sha256 } from '../../events/digest.ts';
import { isLeft } from 'fp-ts/lib/Either.js';
import { decodeAnswer, encodeAnswer } from '../../roles/query.ts';
import type { Conduct, Means } from './conduct.ts';

export const equivocates: Conduct = {
  doc: 'Shows every second asker a signed head of another history of the same size.',
  role: 'authority',
  channel: (means) => {
    let asked = 0;
    const { channel } = means;
    return {
      serve: (handler, signal, options) =>
        channel.serve(
          (request) => {
            if (request.kind !== 'query') return handler(request);
            const reply = (answer: Uint8Array): void => {
              asked += 1;
              request.reply(asked % 2 === 0 ? otherHead(answer, means) : answer);
            };
            handler({ kind: request.kind, payload: request.payload, reply });
          },
          signal,
          options,
        ),
      request: channel.request.bind(channel),
      publishStep: channel.publishStep.bind(channel),
      steps: channel.steps.bind(channel),
      close: channel.close.bind(channel),
    };
  },
};

/** A head of another history in place of the true one; any other answer as it is. */
function otherHead(bytes: Uint8Array, { key }: Means): Uint8Array {
  const answer = decodeAnswer(bytes);
  if (answer.status !== 'head') return bytes;
  const true_ = parseCheckpoint(answer.checkpoint);
  if (isLeft(true_)) return bytes;
  const { origin, size, root } = true_.right;
  const checkpoint = signCheckpoint(key, origin, { origin, size, root: sha256(root) });
  return encodeAnswer({ ...answer, checkpoint });
}
