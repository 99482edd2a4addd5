/**
 * The model card of a run in the format of the Hugging Face hub (YAML front matter, Markdown), made
 * from the entries alone: what it says can be audited, and what cannot be known is said not to be.
 */
import type { RunBook, WindowBook } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { partyOf } from '../explain/party.ts';
import type { History } from './history.ts';
import type { ExportRefusal } from './refusal.ts';
import { stringify } from './yaml-text.ts';

/**
 * @param name of a run that has a checkpoint
 * @throws Error when there is none (`cardRefusal` says so before)
 */
export function modelCard({ books, events, root }: History, name: string): string {
  const run = must(books.runs[name], `run ${name}`);
  const windows = Object.values(books.windows).filter((window) => window.run === name);
  const last = must(run.revisions.at(-1), 'revision');
  const work = windows.flatMap(({ assignments }) => Object.values(assignments));
  const dataset = must(books.datasets[run.plan.dataset], 'dataset');
  const { plan } = run;
  const verdicts = work.flatMap(({ challenge }) => challenge?.verdicts ?? []);
  const submitted = work.filter(({ submission }) => submission !== null);
  const tokens = windows
    .filter(({ promotion }) => promotion?.decision === 'promoted_revision')
    .flatMap(({ assignments }) => Object.values(assignments))
    .filter(({ counted }) => counted !== null)
    .reduce((sum, { submission }) => sum + (submission?.tokens ?? 0), 0);
  const workers = new Set(submitted.map(({ participant }) => participant));
  const isExact = submitted.every(({ submission }) => submission?.computeClass === 'exact');
  return [
    frontMatter(run, dataset.title),
    `# ${plain(plan.title)}`,
    `Trained by ${workers.size} worker(s) that do not trust one another, on the ledger \`${books.ledger.ledger}\`. The weights are revision ${last.revision} of run \`${name}\`, \`${last.checkpoint.digest}\` (${last.checkpoint.sizeBytes} bytes, safetensors)${run.state === 'completed' ? '' : `; the run is ${run.state}, this is its last checkpoint so far`}.`,
    '## Model',
    modelTable(run),
    '## Training data',
    `Dataset \`${dataset.dataset}\`, "${plain(dataset.title)}": ${dataset.pages} pages of ${dataset.pageTokens} tokens, the last ${dataset.heldOutPages} held out and never trained on. Tokens \`${dataset.tokens.digest}\`, tokenizer \`${dataset.tokenizer.digest}\`, Merkle root over the pages \`${dataset.pagesRoot}\`. Where the text comes from and under which licence is not recorded on the ledger.`,
    '## Training',
    `${windows.length} of ${plan.windows} windows of ${plan.slots} contributions, each of ${plan.innerSteps} inner steps (AdamW) from the checkpoint of its window, joined by an outer step (learning rate ${plan.outer.learningRate}, momentum ${plan.outer.momentum}). What was counted in promoted windows trained on ${tokens} tokens. ${isExact ? 'All contributions were computed with exact kernels: an audit trains them again to the same bits.' : 'Some contributions are of the tolerant class: an audit compares them within the bounds of the policy.'}`,
    '## Evaluation',
    'Held-out loss in nats, agreed on by a quorum of validators:',
    lossTable(windows),
    '## Parties and verdicts',
    partiesTable(books, windows),
    `${submitted.filter(({ challenge }) => challenge !== null).length} of ${submitted.length} contributions were drawn for recomputation. Verdicts: ${tallyOf(verdicts.map(({ disposition }) => disposition))}.`,
    '## Energy',
    'Not claimed: the ledger records neither energy nor emissions, and the times workers state are their own.',
    '## Limits',
    'The card says how the weights came to be, not what they are fit for: no benchmark beside the held-out loss was run, and bias, safety and memorisation were not examined. Contributions that were not drawn for recomputation stand on universal checks alone.',
    '## How to audit it',
    `The recording has ${events.length} entries under the root \`${root}\`. With it, its checkpoint and the artifacts:`,
    '```text\ndaybook audit <recording> --artifacts <folder>\n```',
    'trains every exact contribution again, computes every outer step and held-out loss again, and follows the chain of checkpoints to the digest above.',
  ]
    .join('\n\n')
    .concat('\n');
}

/** Why there can be no card of it, or null. */
export function cardRefusal({ books }: History, name: string): ExportRefusal | null {
  const run = books.runs[name];
  if (run === undefined) return { code: 'run_unknown', message: `no run is called ${name}` };
  if (run.revisions.length === 0)
    return { code: 'nothing_promoted', message: `run ${name} has no checkpoint yet` };
  return null;
}

function frontMatter({ plan, revisions }: RunBook, datasetTitle: string): string {
  const loss = revisions.at(-1)?.heldOutLossMicroNats ?? null;
  const results =
    loss === null
      ? []
      : [
          {
            task: { type: 'text-generation' },
            dataset: { name: `${datasetTitle}, held-out pages`, type: plan.dataset },
            metrics: [{ type: 'loss', name: 'held-out loss (nats)', value: loss / 1e6 }],
          },
        ];
  const fields = {
    library_name: 'daybook',
    pipeline_tag: 'text-generation',
    tags: [
      'daybook',
      'decentralized-training',
      plan.adapter === undefined ? 'pretraining' : 'lora',
    ],
    ...(results.length === 0 ? {} : { 'model-index': [{ name: plan.run, results }] }),
  };
  return `---\n${stringify(fields)}---`;
}

function modelTable({ plan: { model, adapter, modelSeed } }: RunBook): string {
  const rows: [string, unknown][] = [
    ['layers', model.layers],
    ['width', model.dModel],
    ['heads', model.heads],
    ['feed-forward width', model.dFf],
    ['context', model.contextLength],
    ['vocabulary', model.vocabSize],
    ['initial weights', adapter === undefined ? `drawn from seed \`${modelSeed}\`` : 'an adapter'],
    ...(adapter === undefined
      ? []
      : ([
          ['base (frozen)', `\`${adapter.base.digest}\``],
          [
            'adapter',
            `rank ${adapter.rank}, alpha ${adapter.alpha}, on ${adapter.targets.join(', ')}`,
          ],
        ] as [string, unknown][])),
  ];
  return tableOf(['', ''], rows);
}

const lossTable = (windows: readonly WindowBook[]): string =>
  tableOf(
    ['window', 'before', 'after', 'decision'],
    windows.map((window) => [
      window.window,
      natsOf(window.lossBeforeMicroNats),
      natsOf(window.lossAfterMicroNats),
      window.promotion?.decision ?? window.state,
    ]),
  );

function partiesTable(books: History['books'], windows: readonly WindowBook[]): string {
  const work = windows.flatMap(({ assignments }) => Object.values(assignments));
  const judged = work.flatMap(({ challenge }) => challenge?.verdicts ?? []);
  const who = [...new Set([...work.map((w) => w.participant), ...judged.map((v) => v.validator)])];
  return tableOf(
    ['party', 'key', 'contributions', 'accepted', 'verdicts given'],
    who.map((participant) => {
      const own = work.filter((one) => one.participant === participant && one.submission !== null);
      const accepted = own.filter(({ disposition }) => disposition === 'accepted');
      const given = judged.filter(({ validator }) => validator === participant);
      const { name } = partyOf(books, participant);
      return [plain(name), `\`${participant}\``, own.length, accepted.length, given.length];
    }),
  );
}

function tallyOf(values: readonly string[]): string {
  const counts = Map.groupBy(values, (value) => value);
  const parts = [...counts].map(([value, of]) => `${of.length} ${value}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

const natsOf = (micro: number | null): string => (micro === null ? '-' : (micro / 1e6).toFixed(6));

const tableOf = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => String(cell)).join(' | ')} |`)
    .join('\n');

/** Text that parties chose, without a meaning in Markdown or HTML. */
const plain = (label: string): string => label.replaceAll(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&');
