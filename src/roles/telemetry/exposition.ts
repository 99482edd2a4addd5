/** Prometheus text (0.0.4) of samples of declared metrics. */
import { strict as assert } from 'node:assert';
import { METRICS } from './metric-table.ts';
import type { MetricDeclaration, MetricName } from './metric-table.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: MetricName;
  readonly labels: Labels;
  readonly value: number;
}

/** Of one histogram and one set of labels; counts are of each bucket alone, the last one unbounded. */
export interface HistogramSample {
  readonly name: MetricName;
  readonly labels: Labels;
  readonly counts: readonly number[];
  readonly sum: number;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** In the order of the table; a metric without samples is left out. */
export function expositionOf(
  samples: readonly Sample[],
  histograms: readonly HistogramSample[] = [],
): string {
  return (Object.entries(METRICS) as [MetricName, MetricDeclaration][])
    .map(([name, declared]) => {
      const lines =
        declared.type === 'histogram'
          ? histograms
              .filter((one) => one.name === name)
              .flatMap((one) => bucketLines(declared, one))
          : samples.filter((one) => one.name === name).map((one) => sampleLine(declared, one));
      if (lines.length === 0) return '';
      return `# HELP ${name} ${declared.help}\n# TYPE ${name} ${declared.type}\n${lines.join('')}`;
    })
    .join('');
}

function sampleLine(declared: MetricDeclaration, { name, labels, value }: Sample): string {
  checkLabels(name, declared, labels);
  return line(name, labels, value);
}

function bucketLines(declared: MetricDeclaration, sample: HistogramSample): string[] {
  const { name, labels, counts, sum } = sample;
  checkLabels(name, declared, labels);
  let below = 0;
  const bounds = [...(declared.buckets ?? []), Infinity];
  const buckets = bounds.map((bound, i) => {
    below += counts[i] ?? 0;
    const le = bound === Infinity ? '+Inf' : String(bound);
    return line(`${name}_bucket`, { ...labels, le }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)];
}

function checkLabels(name: string, declared: MetricDeclaration, labels: Labels): void {
  assert.deepEqual(Object.keys(labels).toSorted(), declared.labels.toSorted(), `labels of ${name}`);
}

function line(name: string, labels: Labels, value: number): string {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${inside.length === 0 ? '' : `{${inside.join(',')}}`} ${value}\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
