/** What a preflight found, told as it is found, and what it comes to. */
import type { DoctorFinding } from '../doctor/finding.ts';
import { findingLine } from '../doctor/finding-line.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print } from '../terminal/output.ts';

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
