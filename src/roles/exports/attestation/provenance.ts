/**
 * Where each promoted checkpoint came from, as an in-toto Statement v1 with a SLSA provenance v1
 * predicate (in-toto.io/Statement/v1, slsa.dev/provenance/v1). Subject are the artifacts of the
 * promotion; what went in - base checkpoint, counted deltas, dataset - are dependencies by digest,
 * and each step is named by its entry. A statement repeats the ledger and adds nothing to it: who
 * doubts it audits the recording under the head named in it.
 */
import type { EventOf, LedgerEvent } from '../../../events/catalogue.ts';
import type { Digest } from '../../../events/ids.ts';
import { timeOfMs } from '../../../events/entry.ts';
import type { Assignment, Books, RunBook, WindowBook } from '../../../projections/books.ts';
import { must, windowKey } from '../../../projections/books.ts';
import type { History } from '../history.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
/** Of the payload in an envelope. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** An outer step over the contributions of a window; the entries say the rest. */
export const BUILD_TYPE = 'https://daybook.local/outer-step/v1';

/** Of the byproduct that is the signed head. */
export const HEAD_NAME = 'ledger-checkpoint';

interface Descriptor {
  readonly name: string;
  readonly digest: { readonly sha256: string };
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly Descriptor[];
  readonly predicateType: typeof PROVENANCE_TYPE;
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: typeof BUILD_TYPE;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly Descriptor[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string };
      readonly metadata: {
        readonly invocationId: string;
        readonly startedOn: string;
        readonly finishedOn: string;
      };
      readonly byproducts: readonly Readonly<Record<string, unknown>>[];
    };
  };
}

type Promoted = EventOf<'daybook.checkpoint.promoted.v1'>;

/**
 * @param checkpoint the signed head over the whole history (a note), which each statement carries
 * @returns one a promoted checkpoint, in the order of the log
 */
export const provenanceOf = (history: History, checkpoint: string): Statement[] =>
  history.events
    .filter((event): event is Promoted => event.type === 'daybook.checkpoint.promoted.v1')
    .map((event) => statementOf(history, event, checkpoint));

function statementOf(
  { books, events, root }: History,
  { data, sequence, time }: Promoted,
  head: string,
): Statement {
  const run = must(books.runs[data.run], `run ${data.run}`);
  const window = must(books.windows[windowKey(data.run, data.window)], 'window');
  const { ledger } = books.ledger;
  return {
    _type: STATEMENT_TYPE,
    subject: [
      artifact(`${data.run}/revision-${data.revision}.safetensors`, data.checkpoint.digest),
      artifact(`${data.run}/revision-${data.revision}.momentum.safetensors`, data.momentum.digest),
    ],
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { ledger, run: data.run, window: data.window, plan: run.plan },
        internalParameters: {
          policyRevision: window.policyRevision,
          seed: window.seed,
          heldOutLossMicroNats: {
            before: window.lossBeforeMicroNats,
            after: window.lossAfterMicroNats,
          },
          entries: { plan: run.plannedSequence, ...entriesOf(events, window), promoted: sequence },
        },
        resolvedDependencies: dependenciesOf(books, events, run, window),
      },
      runDetails: {
        builder: { id: `https://${must(books.ledger.origin, 'origin')}` },
        metadata: {
          invocationId: `${ledger}/${data.run}/${data.window}`,
          startedOn: timeOfMs(window.plannedMs),
          finishedOn: time,
        },
        byproducts: [
          {
            name: HEAD_NAME,
            mediaType: 'text/plain',
            content: Buffer.from(head, 'utf8').toString('base64'),
            annotations: { size: events.length, root },
          },
        ],
      },
    },
  };
}

/** Sequences of the steps of a window, by name. */
function entriesOf(events: readonly LedgerEvent[], window: WindowBook): Record<string, unknown> {
  const subject = `run/${window.run}/window/${window.window}`;
  const last = (type: LedgerEvent['type']): number | null =>
    events.findLast((event) => event.subject === subject && event.type === type)?.sequence ?? null;
  return {
    window: window.sequence,
    sealed: window.sealedSequence,
    scored: last('daybook.window.scored.v1'),
    aggregationRequested: window.aggregation?.sequence ?? null,
    aggregationReports: window.aggregation?.reports.map((report) => report.sequence) ?? [],
    aggregationAgreed: last('daybook.aggregation.agreed.v1'),
    decided: window.promotion?.sequence ?? null,
  };
}

function dependenciesOf(
  books: Books,
  events: readonly LedgerEvent[],
  { plan }: RunBook,
  window: WindowBook,
): Descriptor[] {
  const dataset = must(books.datasets[plan.dataset], `dataset ${plan.dataset}`);
  const { pagesRoot, pages, pageTokens, heldOutPages } = dataset;
  const momentum = window.aggregation?.momentum ?? null;
  return [
    artifact(`${window.run}/revision-${window.revision}.safetensors`, window.checkpoint),
    ...(momentum === null
      ? []
      : [artifact(`${window.run}/revision-${window.revision}.momentum.safetensors`, momentum)]),
    ...(plan.adapter === undefined ? [] : [artifact('base.safetensors', plan.adapter.base.digest)]),
    artifact(`dataset/${dataset.dataset}/tokens`, dataset.tokens.digest, {
      pagesRoot,
      pages,
      pageTokens,
      heldOutPages,
    }),
    artifact(`dataset/${dataset.dataset}/tokenizer`, dataset.tokenizer.digest),
    ...countedIn(window).map((assignment) => {
      const { participant, submission, resolvedSequence, sequence } = assignment;
      return artifact(`delta/${assignment.assignment}`, must(assignment.counted, 'delta'), {
        participant,
        pages: pagesOf(events, sequence),
        entries: { issued: sequence, submitted: submission?.sequence, resolved: resolvedSequence },
      });
    }),
  ];
}

/** The contributions of the outer step, by slot. */
const countedIn = ({ slots, assignments }: WindowBook): Assignment[] =>
  slots
    .map((id) => must(assignments[id], `assignment ${id}`))
    .filter(({ counted }) => counted !== null);

/** Whoever takes over an assignment trains on its pages: they stand in the entry that issued it. */
function pagesOf(events: readonly LedgerEvent[], sequence: number): readonly number[] {
  const issued = events[sequence];
  return issued?.type === 'daybook.assignment.issued.v1' ? issued.data.pages : [];
}

const artifact = (
  name: string,
  digest: Digest,
  annotations?: Descriptor['annotations'],
): Descriptor => ({
  name,
  digest: { sha256: digest.slice('sha256:'.length) },
  ...(annotations === undefined ? {} : { annotations }),
});
