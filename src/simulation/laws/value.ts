/** Laws about value: nothing comes from nowhere, the honest are paid and never punished. */
import type { Books } from '../../projections/books.ts';
import { assignmentOf, policyFor, windowKey, windowKeyOf } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { walletOf, withdrawnBy } from '../../commands/rules/money/accounts.ts';
import { unvestedOf } from '../../commands/rules/money/vesting.ts';
import type { LawOf } from '../law.ts';

/** Accounts that hold what somebody has: never less than nothing. */
const HOLDERS =
  /^((escrow|pool|earned|participant|vesting|withdrawn)\/|(disputes|slashed|appeals)$)/;

export const valueIsConserved: LawOf = {
  name: 'value-conserved',
  doc: 'In every unit debits equal credits, nobody has less than nothing, bonds are those of open disputes and appeals, what is held was slashed and can be appealed, and payouts with their remainder are the pool.',
  make: (breached) => ({
    see: (event, { books }) => {
      if (event.type === 'daybook.journal.posted.v1') {
        for (const { unit, debit, credit, amount } of event.data.transfers) {
          if (BigInt(amount) <= 0n) breached(`a transfer of ${amount}`);
          for (const account of [debit, credit])
            if (HOLDERS.test(account) && balanceOf(books, unit, account) < 0n)
              breached(`${unit} ${account} is below nothing at entry ${event.sequence}`);
        }
      } else if (event.type === 'daybook.period.closed.v1') {
        const { pool, paid, remainder } = event.data;
        if (BigInt(paid) + BigInt(remainder) !== BigInt(pool))
          breached(`period ${event.data.period}: ${paid} + ${remainder} is not ${pool}`);
      }
    },
    end: ({ books }) => {
      const open = Object.values(books.disputes ?? {});
      const bonds = open.reduce((sum, { bond }) => sum + BigInt(bond), 0n);
      if (balanceOf(books, 'micro', 'disputes') !== bonds)
        breached(`open disputes hold bonds of ${bonds}, and their account something else`);
      const held = Object.values(books.offences ?? {})
        .flat()
        .filter(({ state }) => state === 'standing' || state === 'appealed')
        .flatMap(({ taken }) => taken.filter(({ unit }) => unit === 'micro'))
        .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      if (balanceOf(books, 'micro', 'slashed') !== held)
        breached(`offences that can be appealed took ${held}, and the account holds another sum`);
      const appeals = Object.values(books.appeals ?? {});
      const staked = appeals.reduce((sum, { terms }) => sum + BigInt(terms.bond), 0n);
      if (balanceOf(books, 'micro', 'appeals') !== staked)
        breached(`open appeals hold bonds of ${staked}, and their account something else`);
      const sums = new Map<string, bigint>();
      for (const [account, { debits, credits }] of Object.entries(books.rewards.balances)) {
        const unit = account.slice(0, account.indexOf(':'));
        sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
      }
      for (const [unit, sum] of sums) if (sum !== 0n) breached(`${unit} is off by ${sum}`);
    },
  }),
};

export const honestGoUnpunished: LawOf = {
  name: 'honest-unpunished',
  doc: 'Nobody honest is rejected, quarantined, or pays.',
  make: (breached) => ({
    see: (event, { books, isHonest }) => {
      if (event.type === 'daybook.participant.quarantined.v1') {
        const { participant } = event.data;
        if (isHonest(participant)) breached(`${participant} is honest and quarantined`);
      } else if (event.type === 'daybook.challenge.resolved.v1') {
        const { assignment, disposition } = event.data;
        const participant = assignmentOf(books, assignment)?.participant ?? '';
        if (disposition === 'rejected' && isHonest(participant))
          breached(`${participant} is honest, and ${assignment} rejected`);
      } else if (event.type === 'daybook.journal.posted.v1') {
        for (const { debit, credit } of event.data.transfers) {
          if (!['penalties', 'forfeited', 'slashed'].includes(credit)) continue;
          const payer = debit.split('/').at(-1) ?? '';
          if (isHonest(payer)) breached(`${payer} is honest and pays ${credit}`);
        }
      }
    },
  }),
};

/** What a rejection has still to bring about, by participant. */
interface Due {
  readonly assignment: string;
  quarantine: boolean;
  penalty: boolean;
}

export const cheatsArePunished: LawOf = {
  name: 'cheats-punished',
  doc: 'Whoever is rejected is quarantined, and pays while it has a stake.',
  make: (breached) => {
    const due = new Map<string, Due>();
    return {
      see: (event, { books }) => {
        if (event.type === 'daybook.challenge.resolved.v1') {
          const { assignment } = event.data;
          if (event.data.disposition !== 'rejected') return;
          // There it is a law of its own (offences.ts).
          if (policyFor(books, assignment).ladder !== undefined) return;
          const participant = assignmentOf(books, assignment)?.participant ?? '';
          const penalty = balanceOf(books, 'micro', `escrow/${participant}`) > 0n;
          due.set(participant, { assignment, quarantine: true, penalty });
        } else if (event.type === 'daybook.participant.quarantined.v1') {
          const punished = due.get(event.data.participant);
          if (punished !== undefined) punished.quarantine = false;
        } else if (event.type === 'daybook.journal.posted.v1') {
          for (const { debit, credit } of event.data.transfers) {
            const punished = due.get(debit.split('/').at(-1) ?? '');
            if (credit === 'penalties' && punished !== undefined) punished.penalty = false;
          }
        }
      },
      end: () => {
        for (const [participant, { assignment, quarantine, penalty }] of due)
          if (quarantine || penalty) breached(`${participant} got away with ${assignment}`);
      },
    };
  },
};

/** What it has been paid: claimed, claimable, or not vested yet. */
const paidTo = (books: Books, actor: string): bigint =>
  balanceOf(books, 'micro', walletOf(actor)) +
  balanceOf(books, 'micro', withdrawnBy(actor)) +
  unvestedOf(books, actor);

/** A sixteenth: of the 16 tokens that the least contribution has, one credit. */
const SHARE_FELT = 2 ** 28;

export const honestArePaid: LawOf = {
  name: 'honest-paid',
  doc: 'When the run is over, whoever did accepted work and never cheated has been paid; where scores divide the credits, whoever has a share that makes one.',
  make: (breached) => {
    const earned = new Map<string, Set<string>>();
    const cheated = new Set<string>();
    return {
      see: (event, { books }) => {
        if (event.type === 'daybook.consensus.reached.v1') {
          const { run, window, contributors, validators } = event.data;
          const paid = new Set<string>([
            ...contributors
              .filter(({ incentive }) => incentive >= SHARE_FELT)
              .map(({ participant }) => participant),
            ...validators
              .filter(({ dividend }) => dividend >= SHARE_FELT)
              .map(({ validator }) => validator),
          ]);
          const before = earned.get(windowKey(run, window)) ?? new Set();
          earned.set(windowKey(run, window), new Set([...before].filter((one) => paid.has(one))));
        }
        // It forfeits what it had earned.
        if (event.type === 'daybook.offence.found.v1' && event.data.taken.length > 0)
          cheated.add(event.data.participant);
        if (event.type !== 'daybook.challenge.resolved.v1') return;
        const key = windowKeyOf(event.data.assignment);
        const here = earned.get(key) ?? new Set();
        earned.set(key, here);
        const participant = assignmentOf(books, event.data.assignment)?.participant;
        if (participant === undefined) return;
        if (event.data.disposition === 'accepted') here.add(participant);
        if (event.data.disposition === 'rejected') cheated.add(participant);
        for (const actor of event.data.disposition === 'quarantined' ? [] : event.data.agreeing)
          here.add(actor);
      },
      end: ({ books }, completed) => {
        if (!completed) return;
        for (const actor of new Set([...earned.values()].flatMap((here) => [...here])))
          if (!cheated.has(actor) && paidTo(books, actor) <= 0n)
            breached(`${actor} has earned and was not paid`);
      },
    };
  },
};
