// Publish commands: adopt a policy, then admit a worker to a ledger. Doing it again changes nothing.
//
//   node publish.mjs <url> <operator's seed file> <worker's public key>
import { readFileSync } from 'node:fs';
import { adoptionOf, connect, isActorId, seedPolicy } from 'daybook/client';

const [url = '', seedFile = '', worker = ''] = process.argv.slice(2);
if (!isActorId(worker)) throw new Error(`${worker} is no public key`);

const ledger = await connect(url, readFileSync(seedFile, 'utf8'));
const replies = [
  await ledger.publish({ id: 'policy-1', ...adoptionOf(seedPolicy) }),
  await ledger.publish({
    id: 'admit-alice',
    type: 'daybook.participant.admitted.v1',
    data: { participant: worker, role: 'worker', name: 'alice' },
  }),
];
await ledger.close();

for (const reply of replies) {
  if (reply.status === 'recorded')
    console.log(`recorded as #${reply.sequence}${reply.repeated ? ', before' : ''}`);
  else console.log(`refused: ${reply.code}. ${reply.advice}`);
}
