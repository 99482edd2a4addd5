/** A party that signs two commitments, and somebody who has seen both. */
import { signCommand, statementOf } from '../../commands/command.ts';
import type { FactOf } from '../../events/catalogue.ts';
import { digestOf } from '../../events/digest.ts';
import { formatEquivocation } from '../../events/equivocation.ts';
import { generateKey } from '../../events/nkey.ts';
import { CommandClient } from '../../roles/command-client.ts';
import type { Node } from '../../roles/node.ts';
import type { Conduct, Means } from './conduct.ts';
import { rewriting } from './rewriting.ts';

type Commitment = FactOf<'daybook.submission.committed.v1' | 'daybook.submission.committed.v3'>;

/** The same of other bytes. */
function another(fact: Commitment): Commitment {
  const digest = digestOf(Buffer.from('another delta'));
  return fact.type === 'daybook.submission.committed.v3'
    ? { ...fact, data: { ...fact.data, output: { ...fact.data.output, digest } } }
    : { ...fact, data: { ...fact.data, delta: { ...fact.data.delta, digest } } };
}

async function evidenceOf(fact: Commitment, { client, key, log }: Node): Promise<string> {
  const id = await client.idOf(`twice-${fact.data.assignment.replaceAll('/', '-')}`, fact.type);
  const [one, two] = [fact, another(fact)].map((said) => {
    const command = signCommand(key, log.ledger, id, said);
    return { statement: statementOf(command), sig: command.sig };
  });
  if (one === undefined || two === undefined) throw new Error('two were signed');
  return formatEquivocation(one, two);
}

/** Whoever it may be: no participant. */
function informer({ channel, clock, log, chance }: Means): CommandClient {
  const key = generateKey(chance.of('informer').bytes(32));
  return new CommandClient({ channel, clock, log, key });
}

export const saysTwoThings: Conduct = {
  doc: 'Signs a second delta for each assignment; somebody gets to see both and submits the evidence.',
  role: 'worker',
  duties: (honest, means) => {
    const client = informer(means);
    return rewriting(async (fact, node, signal) => {
      if (
        fact.type !== 'daybook.submission.committed.v1' &&
        fact.type !== 'daybook.submission.committed.v3'
      )
        return fact;
      const text = await evidenceOf(fact, node);
      await client.send(
        `inform-${fact.data.assignment.replaceAll('/', '-')}`,
        { type: 'daybook.evidence.submitted.v1', data: { kind: 'equivocation', text } },
        signal,
      );
      return fact;
    })(honest, means);
  },
};
