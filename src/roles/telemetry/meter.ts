/**
 * Counts of one process, and where its gauges are read when somebody asks. Invariant: only declared
 * metrics with their declared labels come out (exposition.ts).
 */
import { expositionOf } from './exposition.ts';
import type { HistogramSample, Labels, Sample } from './exposition.ts';
import { METRICS } from './metric-table.ts';
import type { MetricDeclaration, MetricName } from './metric-table.ts';

interface Counted {
  readonly name: MetricName;
  readonly labels: Labels;
  value: number;
}

interface Observed {
  readonly name: MetricName;
  readonly labels: Labels;
  readonly counts: number[];
  sum: number;
}

export type Collector = () => readonly Sample[];

export class Meter {
  readonly #counted = new Map<string, Counted>();
  readonly #observed = new Map<string, Observed>();
  readonly #collectors: Collector[] = [];

  count(name: MetricName, labels: Labels = {}, by = 1): void {
    const key = `${name} ${JSON.stringify(labels)}`;
    const counted = this.#counted.get(key) ?? { name, labels, value: 0 };
    counted.value += by;
    this.#counted.set(key, counted);
  }

  /** Stands at 0 from now on: an increase from nothing to 1 is none to Prometheus, and no alert. */
  expect(name: MetricName, labels: Labels = {}): void {
    this.count(name, labels, 0);
  }

  /** @param value in the unit of the histogram */
  observe(name: MetricName, labels: Labels, value: number): void {
    const { buckets = [] }: MetricDeclaration = METRICS[name];
    const key = `${name} ${JSON.stringify(labels)}`;
    const fresh = {
      name,
      labels,
      counts: Array.from({ length: buckets.length + 1 }, () => 0),
      sum: 0,
    };
    const observed = this.#observed.get(key) ?? fresh;
    const place = buckets.findIndex((bound) => value <= bound);
    const at = place === -1 ? buckets.length : place;
    observed.counts[at] = (observed.counts[at] ?? 0) + 1;
    observed.sum += value;
    this.#observed.set(key, observed);
  }

  /** Asked at every scrape. */
  collect(collector: Collector): void {
    this.#collectors.push(collector);
  }

  /** What was counted, for whoever has an exposition of its own. */
  counted(): readonly Sample[] {
    return [...this.#counted.values()];
  }

  text(): string {
    const gauges = this.#collectors.flatMap((collector) => collector());
    const histograms: HistogramSample[] = [...this.#observed.values()];
    return expositionOf([...gauges, ...this.#counted.values()], histograms);
  }
}

export const gaugeOf = (name: MetricName, value: number, labels: Labels = {}): Sample => ({
  name,
  labels,
  value,
});
