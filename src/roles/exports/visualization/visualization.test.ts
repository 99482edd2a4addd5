/**
 * Bundles and indexes are what their codecs say, say what the books say, and are those in
 * fixtures/visualization/ (`daybook export visualization --recording fixtures/runs/open/recording
 * -o fixtures/visualization --schemas`).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SchemaCodec } from '../../../events/codecs.ts';
import { Desk } from '../../../testing/desk.ts';
import { moneyStory } from '../../../testing/stories/money.ts';
import type { History } from '../history.ts';
import { historyOf } from '../history.ts';
import { recorded } from '../recorded.fixture.ts';
import { visualizationOf } from './bundles.ts';
import type { BundleV1, BundleV2, RunIndexV1, RunIndexV2 } from './formats.ts';
import { formats, sealed } from './formats.ts';

const open = recorded('runs/open/recording');
const histories: Record<string, History> = {
  'an open network': open,
  'a run with trouble': recorded('logs/mini-trouble'),
  disputes: recorded('logs/disputes-won'),
  'payouts that vest': historyOf(moneyStory().lines),
  'a run that has not begun': historyOf(new Desk().open().plan().lines),
  'no run': historyOf(new Desk().open().lines),
};

const formatOf = (file: string) =>
  Object.entries(formats).find(([name]) => file.endsWith(`${name}.json`))?.[1];

describe.each(Object.entries(histories))('files of %s', (_, history) => {
  const files = visualizationOf(history);
  const runs = Object.values(history.books.runs);
  const bundles = runs.map(({ plan }) => {
    const of = (version: string) =>
      files[`${plan.run}_remote_training_visualization_bundle_${version}.json`];
    return { run: plan.run, v1: of('v1') as BundleV1, v2: of('v2') as BundleV2 };
  });

  it('are what their codecs decode', () => {
    expect(Object.keys(files)).toHaveLength(2 * runs.length + 2);
    for (const [name, file] of Object.entries(files)) {
      const codec = formatOf(name) as SchemaCodec<unknown> | undefined;
      const decoded = codec?.decode(JSON.parse(JSON.stringify(file)));
      expect(decoded, name).toMatchObject({ _tag: 'Right' });
    }
    expect(formats.remote_training_run_index_v1.is({ ...files, extra: 1 })).toBe(false);
  });

  it('are sealed by a digest over all else, which the index repeats', () => {
    for (const file of Object.values(files)) {
      const { bundle_digest, index_digest, ...rest } = file as Record<string, unknown>;
      expect(bundle_digest ?? index_digest).toBe(sealed(rest));
    }
    const digests = (version: 'v1' | 'v2') =>
      (files[`remote_training_run_index_${version}.json`] as RunIndexV1).entries.map(
        (entry) => entry.bundle_digest,
      );
    expect(digests('v1')).toEqual(bundles.map(({ v1 }) => v1.bundle_digest));
    expect(digests('v2')).toEqual(bundles.map(({ v2 }) => v2.bundle_digest));
  });

  it('chart the held-out loss of every sealed window', () => {
    for (const { run, v1 } of bundles) {
      const windows = Object.values(history.books.windows).filter(
        (window) => window.run === run && window.sealedMs !== null,
      );
      expect(v1.loss_series.map((row) => row.validation_loss)).toEqual(
        windows.map((window) =>
          window.lossAfterMicroNats === null ? null : window.lossAfterMicroNats / 1e6,
        ),
      );
      expect(v1.series_unavailable_reason === null).toBe(v1.series_status === 'available');
    }
  });

  it('v2 is v1 and what it means', () => {
    for (const { v1, v2 } of bundles) {
      const { track_semantics, primary_score, score_surface, ...rest } = v2;
      const { schema_version, bundle_digest } = v1;
      expect({ ...rest, schema_version, bundle_digest }).toEqual(v1);
      const score = v1.summary.latest_validation_loss;
      expect(primary_score?.score_value ?? null).toBe(score);
      expect(track_semantics.comparability_class === 'not_comparable').toBe(score === null);
      expect(score_surface.score_closeout_posture === 'score_unavailable').toBe(score === null);
    }
  });
});

describe('what a score means', () => {
  const meaning = (name: string) => {
    const files = visualizationOf(histories[name] as History);
    return (files['remote_training_run_index_v2.json'] as RunIndexV2).entries[0];
  };

  it('says how far a run was recomputed and where its gate stands', () => {
    const { track_semantics, score_surface, result_classification } =
      meaning('an open network') ?? {};
    expect(track_semantics?.proof_posture).toBe('full_recomputation');
    expect(score_surface?.promotion_gate_posture).toBe('promoted');
    expect(score_surface?.score_closeout_posture).toBe('score_closed_out');
    expect(score_surface?.delta_rows[0]?.delta_value).toBeLessThan(0);
    expect(result_classification).toBe('completed_success');
  });

  it('claims nothing of a run that has not begun', () => {
    const entry = meaning('a run that has not begun');
    expect(entry).toMatchObject({
      result_classification: 'active',
      series_status: 'unavailable',
      primary_score: null,
      track_semantics: { proof_posture: 'summary_only', comparability_class: 'not_comparable' },
      score_surface: { promotion_gate_posture: 'not_applicable', delta_rows: [] },
    });
  });
});

describe('fixtures/visualization', () => {
  const kept = (name: string): string =>
    readFileSync(new URL(`../../../../fixtures/visualization/${name}`, import.meta.url), 'utf8');

  it.each(Object.entries(visualizationOf(open)))('%s is made again, to the byte', (name, file) => {
    expect(`${JSON.stringify(file, null, 2)}\n`).toBe(kept(name));
  });

  it.each(Object.entries(formats))('the schema of %s is that of its codec', (name, { schema }) => {
    expect(JSON.parse(kept(`schemas/${name}.schema.json`))).toMatchObject(schema);
  });
});
