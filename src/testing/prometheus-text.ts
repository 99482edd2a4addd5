/**
 * A strict reader of Prometheus text (0.0.4), for tests: HELP and TYPE stand before the samples of
 * their metric, each metric comes once, no series comes twice, histograms are cumulative and whole.
 */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|NaN|\+Inf)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/** @throws Error naming the line that no scraper would take */
export function readPrometheusText(text: string): Series[] {
  const series: Series[] = [];
  const seen = new Set<string>();
  const families = new Set<string>();
  let family = '';
  let type = '';
  if (!text.endsWith('\n')) throw new Error('the last line is not ended');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help] = /^# HELP (\S+) \S.*$/.exec(line) ?? [];
    if (help !== undefined) {
      if (families.has(help)) throw new Error(`twice: ${line}`);
      families.add(help);
      [family, type] = [help, ''];
      continue;
    }
    const [, typed, kind] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (typed !== undefined && kind !== undefined) {
      if (typed !== family || type !== '') throw new Error(`out of place: ${line}`);
      type = kind;
      continue;
    }
    const one = seriesOf(line);
    const base = type === 'histogram' ? one.name.replace(/_(bucket|sum|count)$/, '') : one.name;
    if (base !== family || type === '') throw new Error(`of no family: ${line}`);
    if (type === 'counter' && !family.endsWith('_total')) throw new Error(`no _total: ${line}`);
    const key = `${one.name} ${JSON.stringify(Object.entries(one.labels).toSorted())}`;
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    series.push(one);
  }
  checkBuckets(series);
  return series;
}

function seriesOf(line: string): Series {
  const [, name, inside = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  let at = 0;
  while (at < inside.length) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(inside);
    if (found === null) throw new Error(`bad labels: ${line}`);
    labels[found[1] as string] = found[2] as string;
    at = LABEL.lastIndex;
  }
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) };
}

function checkBuckets(series: readonly Series[]): void {
  const last = new Map<string, number>();
  for (const { name, labels, value } of series) {
    if (!name.endsWith('_bucket')) continue;
    const { le, ...rest } = labels;
    const key = `${name} ${JSON.stringify(rest)}`;
    if (value < (last.get(key) ?? 0)) throw new Error(`${key}: bucket ${le} is not cumulative`);
    last.set(key, value);
  }
  for (const { name, labels, value } of series)
    if (
      name.endsWith('_count') &&
      last.has(`${name.replace(/_count$/, '_bucket')} ${JSON.stringify(labels)}`)
    )
      if (last.get(`${name.replace(/_count$/, '_bucket')} ${JSON.stringify(labels)}`) !== value)
        throw new Error(`${name}: count is not the last bucket`);
}
