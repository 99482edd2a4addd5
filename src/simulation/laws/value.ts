/** Laws about value: nothing comes from nowhere, the honest are paid and never punished. */
import type { Books } from '../../projections/books.ts';
import { assignmentOf } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { walletOf, withdrawnBy } from '../../commands/rules/accounts.ts';
import { unvestedOf } from '../../commands/rules/vesting.ts';
import type { LawOf } from '../law.ts';

/** Accounts that hold what somebody has: never less than nothing. */
const HOLDERS = /^((escrow|pool|earned|participant|vesting|withdrawn)\/|disputes$)/;

export const valueIsConserved: LawOf = {
  name: 'value-conserved',
  doc: 'In every unit debits equal credits, nobody has less than nothing, bonds are those of open disputes, and payouts with their remainder are the pool.',
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
          if (credit !== 'penalties' && credit !== 'forfeited') continue;
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
          if (event.data.disposition !== 'rejected') return;
          const { assignment } = event.data;
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

export const honestArePaid: LawOf = {
  name: 'honest-paid',
  doc: 'When the run is over, whoever did accepted work and never cheated has been paid.',
  make: (breached) => {
    const earned = new Set<string>();
    const cheated = new Set<string>();
    return {
      see: (event, { books }) => {
        if (event.type !== 'daybook.challenge.resolved.v1') return;
        const participant = assignmentOf(books, event.data.assignment)?.participant;
        if (participant === undefined) return;
        if (event.data.disposition === 'accepted') earned.add(participant);
        if (event.data.disposition === 'rejected') cheated.add(participant);
        for (const actor of event.data.disposition === 'quarantined' ? [] : event.data.agreeing)
          earned.add(actor);
      },
      end: ({ books }, completed) => {
        if (!completed) return;
        for (const actor of earned)
          if (!cheated.has(actor) && paidTo(books, actor) <= 0n)
            breached(`${actor} has earned and was not paid`);
      },
    };
  },
};
