/**
 * A process of its own for the embedded tests. `append <folder> <name>` appends one-line commits for
 * ever and prints each id once it is acknowledged; `serve <folder>` answers requests with their own
 * payload; `work <folder> <addressee>` prints the id of the step it got, and never acknowledges it;
 * `lead <folder>` claims the lead once, prints under which name, and never does so again.
 */
import * as E from 'fp-ts/lib/Either.js';
import { openChannel } from './channel.ts';
import { openLog } from './event-log.ts';
import { openLeadership } from './leadership.ts';
import { commitOf } from '../../testing/contracts/commits.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

const [verb, folder = '', name = ''] = process.argv.slice(2);
const forever = new AbortController().signal;

async function append(): Promise<void> {
  const log = await openLog(folder, 'embedded-test' as LedgerId, { create: true });
  for (let n = 0; ;) {
    const { position, size } = await log.head();
    const id = `${name}-${n}`;
    if (E.isLeft(await log.append(commitOf(id, size, [id]), position))) continue;
    process.stdout.write(`${id}\n`);
    n++;
  }
}

async function serve(): Promise<void> {
  const channel = await openChannel(folder, { create: true });
  process.stdout.write('serving\n');
  await channel.serve((request) => request.reply(request.payload), forever);
}

async function work(): Promise<void> {
  const channel = await openChannel(folder, { create: true });
  for await (const step of channel.steps(name as ActorId, { redeliverAfterMs: 500 }, forever)) {
    process.stdout.write(`${step.stepId}\n`);
  }
}

async function lead(): Promise<void> {
  const leadership = openLeadership(folder);
  const { revision } = await leadership.look();
  await leadership.claim(60_000, revision);
  process.stdout.write(`${leadership.self}\n`);
  setInterval(() => undefined, 60_000);
}

const verbs: Readonly<Record<string, () => Promise<void>>> = { append, serve, work, lead };
const run = verbs[verb ?? ''];
if (run === undefined) throw new Error(`unknown verb ${verb}`);
await run();
