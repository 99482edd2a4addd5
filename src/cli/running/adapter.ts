/**
 * `daybook adapter`: the adapter that a run has trained, as files that PEFT loads
 * (`adapter_model.safetensors`, `adapter_config.json`), or merged into its base as one checkpoint.
 */
import type { Command } from 'commander';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import type { OpenLedger } from '../../adapters/open.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { openBackend } from '../../compute/backends/open.ts';
import { writeAdapter } from '../../compute/lora/adapter-file.ts';
import type { LoraAdapter } from '../../compute/lora/adapter-file.ts';
import { mergeAdapter } from '../../compute/lora/merge.ts';
import { readSafetensors, writeSafetensors } from '../../compute/tensors/safetensors.ts';
import { sha256 } from '../../events/digest.ts';
import type { Books, RunPlan } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { trainingSpecOf } from '../../roles/work-spec.ts';
import { rebuildTo } from '../ledger/as-of.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { writeNamed, writing } from '../terminal/named-files.ts';
import { openAt } from '../ledger/ledger-options.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import type { SourceOptions } from '../ledger/source.ts';

interface AdapterOptions extends SourceOptions {
  readonly artifacts?: string;
  readonly out: string;
  readonly merge?: boolean;
}

export function registerAdapter(program: Command): void {
  withSource(program.command('adapter').description('write the adapter that a run has trained'))
    .argument('<run>', 'a run that trains an adapter')
    .requiredOption('--out <folder>', 'where to write')
    .option('--artifacts <folder>', 'artifacts of a recording; a live ledger has its own')
    .option('-q, --quiet', 'no progress')
    .option('--merge', 'write the base with the adapter in it, as one checkpoint, instead')
    .action((run: string, options: AdapterOptions) =>
      withOpenSource(options, undefined, async (source) => {
        const { books } = await rebuildTo(source, source.size);
        const { artifacts, close } = await storeOf(options);
        try {
          await write(books, run, artifacts, options);
        } finally {
          await close();
        }
      }),
    );
}

async function storeOf(options: AdapterOptions): Promise<Pick<OpenLedger, 'artifacts' | 'close'>> {
  if (options.artifacts !== undefined) {
    const artifacts = await openArtifactFolder(options.artifacts);
    return { artifacts, close: () => artifacts.close() };
  }
  if (options.log === undefined)
    throw new Exit(EXIT.usage, 'a recording needs --artifacts <folder>');
  return openAt({ log: options.log, ledger: options.ledger }, { create: false });
}

async function write(
  books: Books,
  run: string,
  artifacts: Artifacts,
  { out, merge }: AdapterOptions,
): Promise<void> {
  const book = books.runs[run];
  if (book === undefined) throw new Exit(EXIT.usage, `there is no run "${run}"`);
  const { plan } = book;
  const { adapter: spec } = trainingSpecOf(plan, 0);
  if (spec === undefined || plan.adapter === undefined)
    throw new Exit(EXIT.usage, `${run} trains a whole model, not an adapter`);
  const { checkpoint, revision } = must(book.revisions.at(-1), 'revision');
  const { tensors } = readSafetensors(await artifacts.get(checkpoint.digest));
  const base = plan.adapter.base.digest.slice('sha256:'.length);
  const adapter: LoraAdapter = { spec, tensors, base };
  writing(out, () => mkdirSync(out, { recursive: true }));
  const files = merge
    ? { 'model.safetensors': await merged(plan, adapter, artifacts) }
    : {
        'adapter_model.safetensors': writeAdapter(adapter),
        'adapter_config.json': configOf(spec),
      };
  for (const [name, bytes] of Object.entries(files)) writeNamed(join(out, name), bytes);
  process.stdout.write(
    `${Object.keys(files).join(', ')} in ${out}: revision ${revision} of ${run}, ` +
      `base ${plan.adapter.base.digest}\n`,
  );
}

async function merged(
  plan: RunPlan,
  adapter: LoraAdapter,
  artifacts: Artifacts,
): Promise<Uint8Array> {
  const { digest } = must(plan.adapter, 'adapter').base;
  const { tensors } = readSafetensors(await artifacts.get(digest));
  const backend = await openBackend('exact', { threads: 1 });
  try {
    return writeSafetensors(await mergeAdapter(plan.model, tensors, adapter, backend, sha256));
  } finally {
    await backend.close();
  }
}

/** What PEFT's LoraConfig reads. */
const configOf = ({ rank, alpha, targets }: LoraAdapter['spec']): string =>
  `${JSON.stringify(
    {
      peft_type: 'LORA',
      r: rank,
      lora_alpha: alpha,
      lora_dropout: 0,
      bias: 'none',
      target_modules: targets,
    },
    null,
    2,
  )}\n`;
