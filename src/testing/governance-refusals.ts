/** A story for every "no" that governance gives, and the terms on environment and artifacts. */
import { PROPOSALS_PER_MEMBER_MAX } from '../commands/guards/network.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { RefusalCode } from '../commands/refusal.ts';
import { must } from '../projections/books.ts';
import { Assembly, LEAD_EPOCHS } from './assembly.ts';
import { RUN } from './cast.ts';
import type { Result } from './desk.ts';
import { artifactNamed, Desk, keyNamed } from './desk.ts';

const stranger = keyNamed('stranger');
const seat = (assembly: Assembly, at: number) => must(assembly.council[at], 'member');
const smaller = (assembly: Assembly) => ({ council: assembly.seats.slice(1) });

function voted(): Assembly {
  const assembly = Assembly.founded();
  assembly.propose('p', smaller(assembly));
  assembly.vote('p', 'no', seat(assembly, 1));
  return assembly;
}

export const governanceRefusals = {
  network_already_founded: () => Assembly.founded().found(),
  network_not_founded: () => {
    const assembly = new Assembly();
    return assembly.propose('p', smaller(assembly));
  },
  governance_not_offered: () => new Assembly({}).found(),
  governance_decides: () => {
    const { desk } = Assembly.founded();
    const data = { ...seedPolicy, revision: 2 };
    return desk.say(desk.operator, 'daybook.policy.adopted.v1', data);
  },
  council_inconsistent: () => {
    const assembly = new Assembly();
    return assembly.found({ council: [...assembly.seats, ...assembly.seats] });
  },
  role_not_offered: () => {
    const assembly = new Assembly();
    assembly.found({ roles: ['validator', 'relay'] });
    return assembly.desk.say(assembly.desk.operator, 'daybook.participant.admitted.v1', {
      participant: stranger.actor,
      role: 'worker',
      name: 'stranger',
    });
  },
  not_on_council: () => {
    const assembly = Assembly.founded();
    return assembly.propose('p', smaller(assembly), stranger);
  },
  proposal_already_submitted: () => {
    const assembly = voted();
    return assembly.propose('p', smaller(assembly));
  },
  proposal_inconsistent: () => Assembly.founded().propose('p'),
  proposal_unknown: () => {
    const assembly = Assembly.founded();
    return assembly.vote('p', 'yes', seat(assembly, 0));
  },
  too_many_proposals: () => {
    const assembly = Assembly.founded();
    for (let count = 0; count < PROPOSALS_PER_MEMBER_MAX; count += 1)
      assembly.propose(`p-${count}`, smaller(assembly));
    return assembly.propose('p', smaller(assembly));
  },
  stale_governance_revision: () => {
    const assembly = Assembly.founded();
    return assembly.propose('p', { ...smaller(assembly), base: 2 });
  },
  activation_out_of_range: () => {
    const assembly = Assembly.founded();
    return assembly.propose('p', { ...smaller(assembly), activationEpoch: LEAD_EPOCHS - 1 });
  },
  revision_unknown: () => Assembly.atWork().propose('p', { rollback: { run: RUN, toRevision: 1 } }),
  voting_over: () => {
    const assembly = voted();
    assembly.vote('p', 'no', seat(assembly, 0));
    return assembly.vote('p', 'no', seat(assembly, 2));
  },
  vote_already_cast: () => {
    const assembly = voted();
    return assembly.vote('p', 'yes', seat(assembly, 1));
  },
  environment_not_admitted: () => {
    const desk = new Desk().open({ environment: { software: ['v9'], computeClasses: ['exact'] } });
    const key = desk.admit('worker', 'w');
    return desk.say(key, 'daybook.participant.joined.v1', {
      participant: key.actor,
      session: 1,
      computeClass: 'exact',
      backend: 'test',
      software: 'v8',
    });
  },
  oversized_checkpoint: () => {
    const artifact = { deltaBytesMax: 1000, checkpointBytesMax: 1000 };
    const desk = new Desk().open({ artifact }).plan();
    desk.must(desk.operator, 'daybook.run.planned.v1', {
      ...must(desk.books.runs[RUN], 'run').plan,
      run: 'large',
    });
    return desk.say(desk.operator, 'daybook.run.initializing.v1', {
      run: 'large',
      checkpoint: artifactNamed('large', 1001),
    });
  },
} satisfies { readonly [C in RefusalCode]?: () => Result };
