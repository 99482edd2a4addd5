/** What a preflight found, told as it is found, and what it comes to. */
import type { DoctorFinding } from '../doctor/finding.ts';
import { findingLine } from '../doctor/finding-line.ts';
import { boolean, many, members, string } from '../../explorer/api/shape.ts';
import { findingColumns, findingShape } from '../doctor/finding-output.ts';
import type { Output } from '../terminal/declared-output.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print } from '../terminal/output.ts';

/** Before anything is sent; milestones follow it, a JSON object a line. */
export interface Preflight {
  readonly participant: string;
  readonly file: string;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly findings: readonly DoctorFinding[];
}

export const preflight: Output<Preflight, DoctorFinding> = {
  doc: 'Whether this node can take part; a row is a finding. Milestones follow, a JSON object a line.',
  shape: members({
    participant: string,
    file: string,
    ready: boolean,
    problems: many(string),
    findings: many(findingShape),
  }),
  rowShape: findingShape,
  rows: ({ findings }) => findings,
  columns: findingColumns,
};

export class Report {
  readonly #output: OutputOptions;
  readonly findings: DoctorFinding[] = [];

  constructor(output: OutputOptions) {
    this.#output = output;
  }

  heading(text: string): void {
    if (this.#isForPeople) print(`\n${colour.bold(text)}`);
  }

  line(text: string): void {
    if (this.#isForPeople) print(text);
  }

  add(finding: DoctorFinding): void {
    this.findings.push(finding);
    const isQuiet = this.#output.quiet === true && finding.status === 'ok';
    if (this.#output.output === 'table' && !isQuiet) print(findingLine(finding));
  }

  async addAll(findings: AsyncIterable<DoctorFinding> | Iterable<DoctorFinding>): Promise<void> {
    for await (const finding of findings) this.add(finding);
  }

  /** Codes of what stands in the way, in the order found. */
  get problems(): string[] {
    return this.findings.filter(({ status }) => status === 'fail').map(codeOf);
  }

  get #isForPeople(): boolean {
    return this.#output.output === 'table' && this.#output.quiet !== true;
  }
}

/** The code that a detail begins with, of a refusal or a fault; else `<check>_unfit`. */
const codeOf = ({ check, detail }: DoctorFinding): string =>
  /^[a-z]+(?:_[a-z]+)+(?=: )/.exec(detail)?.[0] ?? `${check.replaceAll(' ', '_')}_unfit`;
