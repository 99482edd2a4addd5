/**
 * What an operator does before a run: open the ledger, adopt a policy, admit keys, build and
 * register the dataset, plan the run, store its first checkpoint, start. Every step is a signed
 * command with a fixed id, so doing it again after an interruption changes nothing.
 */
import assert from 'node:assert';
import { encodeTokenStream, pageCount } from '../compute/data/pages.ts';
import { tokenCodec } from '../compute/tokenizer/encode.ts';
import { END_OF_TEXT } from '../compute/tokenizer/tokenizer.ts';
import { writeTokenizerJson } from '../compute/tokenizer/tokenizer-json.ts';
import { trainTokenizer } from '../compute/tokenizer/train.ts';
import type { FactOf } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { adoptionOf } from '../commands/policy-adoption.ts';
import type { Dataset, Policy, RunPlan } from '../projections/books.ts';
import type { CommandClient } from './command-client.ts';
import { pagesRootOf } from './dataset-cache.ts';
import { firstCheckpoint } from './work-spec.ts';

export interface DatasetRecipe {
  readonly dataset: string;
  readonly title: string;
  readonly documents: readonly string[];
  readonly vocabSize: number;
  readonly pageTokens: number;
  readonly heldOutPages: number;
}

/** Train the tokenizer, encode the documents, store both; the facts that fix the dataset. */
export async function buildDataset(recipe: DatasetRecipe, artifacts: Artifacts): Promise<Dataset> {
  const { dataset, title, documents, vocabSize, pageTokens, heldOutPages } = recipe;
  const text = documents.map((document) => document + END_OF_TEXT).join('');
  const tokenizer = trainTokenizer(text, vocabSize, [END_OF_TEXT]);
  const stream = encodeTokenStream(tokenCodec(tokenizer).encode(text));
  return {
    dataset,
    title,
    tokenizer: await artifacts.put(Buffer.from(writeTokenizerJson(tokenizer))),
    vocabSize,
    tokens: await artifacts.put(stream),
    pageTokens,
    pages: pageCount(stream, pageTokens),
    heldOutPages,
    pagesRoot: pagesRootOf(stream, pageTokens),
  };
}

export interface Admission {
  readonly participant: ActorId;
  readonly role: 'worker' | 'validator';
  readonly name: string;
}

export class Operator {
  readonly #client: CommandClient;
  readonly #artifacts: Artifacts;
  readonly #signal: AbortSignal;

  constructor(client: CommandClient, artifacts: Artifacts, signal: AbortSignal) {
    this.#client = client;
    this.#artifacts = artifacts;
    this.#signal = signal;
  }

  async adoptPolicy(data: Policy): Promise<void> {
    const id = `policy-${data.revision}`;
    await this.#client.must(id, adoptionOf(data), this.#signal);
  }

  async admit(data: Admission): Promise<void> {
    const id = `admit-${data.participant}`;
    await this.#client.must(id, { type: 'daybook.participant.admitted.v1', data }, this.#signal);
  }

  async registerDataset(data: Dataset): Promise<void> {
    const id = `dataset-${data.dataset}`;
    await this.#client.must(id, { type: 'daybook.dataset.registered.v1', data }, this.#signal);
  }

  /** Plan the run, store its first checkpoint, start it. */
  async startRun(plan: RunPlan): Promise<void> {
    const { run } = plan;
    await this.#client.must(`plan-${run}`, factOf(plan), this.#signal);
    const checkpoint = await this.#artifacts.put(firstCheckpoint(plan));
    await this.#client.must(
      `start-${run}`,
      { type: 'daybook.run.initializing.v1', data: { run, checkpoint } },
      this.#signal,
    );
  }
}

type Planned = FactOf<
  | 'daybook.run.planned.v1'
  | 'daybook.run.planned.v2'
  | 'daybook.run.planned.v3'
  | 'daybook.run.planned.v4'
>;

/** The version that has the members of this plan. */
function factOf({ encoding, adapter, stages, ...plan }: RunPlan): Planned {
  assert(adapter === undefined || encoding === undefined, 'adapters are sent as they are');
  assert(stages === undefined || encoding === undefined, 'stages are sent as they are');
  if (stages !== undefined)
    return { type: 'daybook.run.planned.v4', data: { ...plan, adapter: adapter ?? null, stages } };
  if (adapter !== undefined) return { type: 'daybook.run.planned.v3', data: { ...plan, adapter } };
  return encoding === undefined
    ? { type: 'daybook.run.planned.v1', data: plan }
    : { type: 'daybook.run.planned.v2', data: { ...plan, encoding } };
}
