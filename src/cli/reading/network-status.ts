/** The network of a ledger at a glance: its epoch, council, terms, and what is proposed; now or then. */
import { SURFACE_OF, SURFACES } from '../../events/catalogue/policy/surfaces.ts';
import type { PolicySection, Surface } from '../../events/catalogue/policy/surfaces.ts';
import { actorId } from '../../events/codecs.ts';
import { timeOfMs } from '../../events/entry.ts';
import { adoptionOf } from '../../commands/policy-adoption.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { NetworkBook, ProposalBook, Tally } from '../../projections/network-book.ts';
import {
  epochAt,
  epochStartMs,
  proposalsOf,
  tallyOf,
  weightOf,
} from '../../projections/network-book.ts';
import type { ProposedChange } from '../governing/proposed-changes.ts';
import { changesOf } from '../governing/proposed-changes.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt } from '../ledger/as-of.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import {
  many,
  anything,
  count,
  members,
  orNull,
  string,
  words,
  dictionary,
} from '../../explorer/api/shape.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, tableOf, tell } from '../terminal/declared-output.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, facts, print, table } from '../terminal/output.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';

export type NetworkOptions = SourceOptions & OutputOptions & AsOfOptions;

type State = 'voting' | 'accepted' | 'activated' | 'rejected' | 'no_turnout' | 'lapsed';

export interface ProposalStatus {
  readonly proposal: string;
  readonly state: State;
  readonly submitted: number;
  readonly tally: Tally;
  /** Null once it is closed; the entries that submitted and closed it say the rest. */
  readonly open: {
    readonly title: string;
    readonly changes: 'policy' | 'council' | 'rollback';
    /** Term by term. */
    readonly terms: readonly ProposedChange[];
    readonly votesBefore: string;
    readonly activation: { readonly epoch: number; readonly time: string };
  } | null;
  readonly closed: number | null;
}

export interface NetworkStatus {
  readonly ledger: string;
  readonly network: string;
  readonly title: string;
  readonly founded: { readonly sequence: number; readonly time: string };
  readonly epochMs: number;
  /** By the time of the last entry. */
  readonly epoch: number;
  readonly roles: readonly string[];
  /** curated where the policy has no terms for registration: the operator admits each. */
  readonly posture: string;
  readonly governanceRevision: number;
  readonly council: NetworkBook['council'];
  readonly weight: number;
  readonly proposals: readonly ProposalStatus[];
  readonly policyRevision: number;
  /** Sections in force, by surface. */
  readonly surfaces: Readonly<Record<Surface, readonly PolicySection[]>>;
  /** In force, whole, as a proposal would carry it; its revision is to be raised by one there. */
  readonly policy: unknown;
}

const proposalShape: Shape<ProposalStatus> = members({
  proposal: string,
  state: words('voting', 'accepted', 'activated', 'rejected', 'no_turnout', 'lapsed'),
  submitted: count,
  tally: members({ yes: count, no: count, abstain: count }),
  open: orNull(
    members({
      title: string,
      changes: words('policy', 'council', 'rollback'),
      terms: many(members({ term: string, now: orNull(string), proposed: orNull(string) })),
      votesBefore: string,
      activation: members({ epoch: count, time: string }),
    }),
  ),
  closed: orNull(count),
});

const networkShape: Shape<NetworkStatus> = members({
  ledger: string,
  network: string,
  title: string,
  founded: members({ sequence: count, time: string }),
  epochMs: count,
  epoch: count,
  roles: many(string),
  posture: string,
  governanceRevision: count,
  council: many(members({ member: actorId, weight: count })),
  weight: count,
  proposals: many(proposalShape),
  policyRevision: count,
  surfaces: dictionary(many(string)) as Shape<NetworkStatus['surfaces']>,
  policy: anything,
});

export const networkOutput: Output<NetworkStatus, ProposalStatus> = {
  doc: 'A network, its terms and its council; a row is a proposal.',
  shape: networkShape,
  rowShape: proposalShape,
  rows: ({ proposals }) => proposals,
  columns: [
    column('proposal', ({ proposal }) => proposal),
    column(
      'state',
      ({ state }) => state,
      ({ state }) => STATE_COLOUR[state](state),
    ),
    column('yes', ({ tally }) => tally.yes),
    column('no', ({ tally }) => tally.no),
    column('abstain', ({ tally }) => tally.abstain),
    column('changes', ({ open }) => open?.changes ?? null),
    column('takes effect', ({ open }) =>
      open === null ? null : `epoch ${open.activation.epoch}, ${open.activation.time}`,
    ),
    column('entries', ({ submitted, closed }) =>
      closed === null ? `#${submitted}` : `#${submitted} to #${closed}`,
    ),
  ],
};

export async function networkStatus(source: Source, options: NetworkOptions): Promise<void> {
  const { books } = await rebuildTo(source, sizeAt(source, options.at));
  const status = statusOf(books);
  if (status === null) throw new Exit(EXIT.failed, `${source.where} is of no founded network`);
  tell(networkOutput, status, options, () => show(source, status));
}

/** Null where no network is founded. */
export function statusOf(books: Books): NetworkStatus | null {
  const { network, ledger } = books;
  if (network === undefined) return null;
  const policy = must(books.policy, 'policy');
  const sections = (Object.keys(SURFACE_OF) as PolicySection[]).filter(
    (name) => policy[name] !== undefined,
  );
  return {
    ledger: ledger.ledger,
    network: network.network,
    title: network.title,
    founded: { sequence: network.sequence, time: timeOfMs(network.genesisMs) },
    epochMs: network.epochMs,
    epoch: epochAt(network, ledger.clockMs),
    roles: network.roles,
    posture: policy.registry?.posture ?? 'curated',
    governanceRevision: network.revision,
    council: network.council,
    weight: weightOf(network),
    proposals: [
      ...Object.entries(network.closed)
        .sort(([, one], [, other]) => one.submitted - other.submitted)
        .map(([proposal, { outcome, submitted, closed, ...tally }]) => ({
          proposal,
          state: outcome,
          submitted,
          tally,
          open: null,
          closed,
        })),
      ...proposalsOf(network).map((proposal) => openStatus(books, network, proposal)),
    ],
    policyRevision: policy.revision,
    surfaces: Object.fromEntries(
      (Object.keys(SURFACES) as Surface[]).map((surface) => [
        surface,
        sections.filter((name) => SURFACE_OF[name] === surface),
      ]),
    ) as Record<Surface, PolicySection[]>,
    policy: adoptionOf(policy).data,
  };
}

function openStatus(books: Books, network: NetworkBook, proposal: ProposalBook): ProposalStatus {
  const { closesEpoch, activationEpoch: epoch, policy, council } = proposal;
  const timeOf = (begins: number): string => timeOfMs(epochStartMs(network, begins));
  return {
    proposal: proposal.proposal,
    state: proposal.accepted === null ? 'voting' : 'accepted',
    submitted: proposal.sequence,
    tally: tallyOf(network, proposal),
    open: {
      title: proposal.title,
      changes: policy !== null ? 'policy' : council !== null ? 'council' : 'rollback',
      terms: changesOf(books, proposal),
      votesBefore: timeOf(closesEpoch),
      activation: { epoch, time: timeOf(epoch) },
    },
    closed: null,
  };
}

const STATE_COLOUR: Record<State, (text: string) => string> = {
  voting: colour.yellow,
  accepted: colour.green,
  activated: colour.green,
  rejected: colour.red,
  no_turnout: colour.dim,
  lapsed: colour.dim,
};

function show({ where }: Source, status: NetworkStatus): void {
  const { founded, epoch, epochMs, council, weight, proposals, surfaces } = status;
  print(
    facts([
      ['network', `${colour.bold(status.network)} ${status.title}`],
      ['ledger', `${status.ledger} (${where})`],
      ['founded', `${founded.time}, #${founded.sequence}`],
      ['epoch', `${grouped(epoch)}, of ${epochMs / 1000} s each`],
      ['roles', `${status.roles.join(', ')}; ${status.posture}`],
      ['governance', `revision ${status.governanceRevision}`],
      ['policy', `revision ${status.policyRevision}`],
      ...Object.entries(surfaces).map(([surface, sections]): [string, string] => [
        `  ${surface}`,
        sections.join(', ') || colour.dim('none'),
      ]),
    ]),
  );
  print(
    `\n${table(
      ['council', `weight of ${grouped(weight)}`],
      council.map((seat) => [seat.member, grouped(seat.weight)]),
    )}`,
  );
  if (proposals.length === 0) return print('\nnothing is proposed');
  print(`\n${tableOf(networkOutput, proposals)}`);
  for (const { proposal, open } of proposals)
    if (open !== null)
      print(
        `\n${table(
          [`${proposal} changes`, 'now', 'proposed'],
          open.terms.map(({ term, now, proposed }) => [term, now ?? '-', proposed ?? '-']),
        )}`,
      );
}
