/** What the doctor looks at, and in which order. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf } from '../../adapters/open.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { ledgerName } from '../ledger/ledger-options.ts';
import type { DoctorFinding } from './finding.ts';
import { folderFindings } from './folder.ts';
import { keyFindings } from './key-files.ts';
import { exactKernels, gpu } from './kernels.ts';
import { ledgerFindings } from './ledger.ts';
import { clock, disk, memory, processors, runtime } from './machine.ts';
import { serverFindings } from './server.ts';
import { staffingFindings } from './staffing.ts';

export interface ExamineOptions {
  readonly log?: string;
  readonly ledger: string;
  readonly key?: string[];
  readonly monitor?: string;
  readonly quiet?: boolean;
}

export async function* examine(options: ExamineOptions): AsyncIterable<DoctorFinding> {
  const { log, ledger, key = [], monitor, quiet = false } = options;
  const name = ledgerName(ledger);
  const folder = log?.startsWith('file:') === true ? folderOf(log) : null;
  if (log !== undefined && folder === null && !log.startsWith('nats:'))
    throw new Exit(EXIT.usage, `--log ${log}: file:<folder> or nats://host:port`);
  yield runtime();
  yield processors();
  yield memory();
  yield disk(folder ?? '.');
  yield await clock();
  yield await exactKernels();
  yield await gpu();
  const beside =
    folder === null ? [] : [join(folder, '..', 'keys')].filter((path) => existsSync(path));
  yield* keyFindings([...beside, ...key]);
  if (log === undefined) return;
  let reachable = true;
  for await (const finding of folder === null
    ? serverFindings(log, name, monitor)
    : folderFindings(folder)) {
    if (finding.status === 'fail') reachable = false;
    yield finding;
  }
  // What opening the ledger would say has been said.
  if (!reachable) return;
  let isServed = false;
  for await (const finding of ledgerFindings({ log, ledger })) {
    if (finding.check === 'ledger' && finding.status === 'fail') reachable = false;
    if (finding.check === 'authority') isServed = finding.status === 'ok';
    yield finding;
  }
  if (reachable) yield* staffingFindings({ log, ledger, quiet, isServed });
}
