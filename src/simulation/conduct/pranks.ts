/** Parties that send what they should not: forgeries, what others have said, garbage. */
import { commandTable } from '../../events/catalogue.ts';
import { LOG_START } from '../../events/ids.ts';
import type { Conduct, Means } from './conduct.ts';

const EVERY_MS = 7000;
const PATIENCE_MS = 5000;

const nameOf = new Map([...commandTable].map(([name, { type }]) => [type as string, name]));

interface Signed {
  readonly type: string;
  readonly commandid: string;
  readonly actor: string;
  readonly data: unknown;
  readonly sig?: string;
}

/** Everything anybody has signed, as it comes to be known. */
class Overheard {
  readonly signed: Signed[] = [];
  #position = LOG_START;

  async listen({ log }: Means): Promise<void> {
    for await (const commit of log.read(this.#position)) {
      this.#position = commit.position;
      for (const line of Buffer.from(commit.payload).toString('utf8').trimEnd().split('\n')) {
        const entry = JSON.parse(line) as Signed;
        if (entry.sig !== undefined) this.signed.push(entry);
      }
    }
  }
}

/** The command behind an entry, as it was sent. */
const commandOf = ({ log }: Means, entry: Signed) => ({
  command: nameOf.get(entry.type) ?? 'heartbeat',
  id: entry.commandid,
  ledger: log.ledger,
  actor: entry.actor,
  data: entry.data,
  sig: entry.sig ?? '',
});

async function nowAndThen(
  means: Means,
  signal: AbortSignal,
  send: (signed: readonly Signed[]) => Uint8Array,
): Promise<void> {
  const overheard = new Overheard();
  while (!signal.aborted) {
    await means.clock.sleep(EVERY_MS / means.haste, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await overheard.listen(means);
      const payload = send(overheard.signed);
      await means.channel.request('command', payload, { timeoutMs: PATIENCE_MS });
    } catch {
      // Whoever pranks does not care whether it was heard.
    }
  }
}

export const replays: Conduct = {
  doc: 'Sends again what others have signed, word for word.',
  role: 'worker',
  besides: (means, signal) =>
    nowAndThen(means, signal, (signed) =>
      Buffer.from(JSON.stringify(commandOf(means, means.chance.pick(signed)))),
    ),
};

export const forges: Conduct = {
  doc: 'Puts its own words, ids and names under the signatures of others.',
  role: 'worker',
  besides: (means, signal) =>
    nowAndThen(means, signal, (signed) => {
      const { chance, key } = means;
      const command = commandOf(means, chance.pick(signed));
      const forged = chance.pick([
        { ...command, id: `forged-${chance.uint32()}` },
        { ...command, actor: key.actor },
        { ...command, sig: commandOf(means, chance.pick(signed)).sig, id: `x-${chance.uint32()}` },
        { ...command, command: 'tick', data: { nowMs: means.clock.nowMs() + 1_000_000 } },
      ]);
      return Buffer.from(JSON.stringify(forged));
    }),
};

export const babbles: Conduct = {
  doc: 'Sends bytes that mean nothing.',
  role: 'worker',
  besides: (means, signal) =>
    nowAndThen(means, signal, (signed) => {
      const text = Buffer.from(JSON.stringify(commandOf(means, means.chance.pick(signed))));
      for (let i = 0; i < 3; i += 1)
        text[means.chance.below(text.length)] = means.chance.below(256);
      return means.chance.ppm(500_000) ? text : means.chance.bytes(means.chance.below(200));
    }),
};
