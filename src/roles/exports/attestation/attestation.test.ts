/** Envelopes after the vectors of their specification; statements that name what the books hold. */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ActorId } from '../../../events/ids.ts';
import { verifySignature } from '../../../events/nkey.ts';
import { keyNamed } from '../../../testing/desk.ts';
import { recorded } from '../recorded.fixture.ts';
import { envelopeOf, pae } from './dsse.ts';
import { PAYLOAD_TYPE, provenanceOf } from './provenance.ts';

describe('DSSE', () => {
  // The test vector of protocol.md, version 1.0.0.
  const type = 'http://example.com/HelloWorld';
  const body = Buffer.from('hello world');

  it('encodes as the specification does', () => {
    expect(Buffer.from(pae(type, body)).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
    // Lengths are bytes, not characters.
    expect(Buffer.from(pae('é', Buffer.from('ü'))).toString()).toBe('DSSEv1 2 é 2 ü');
    expect(Buffer.from(pae('', new Uint8Array())).toString()).toBe('DSSEv1 0  0 ');
  });

  it("is what the specification's signature signs", () => {
    const coordinate = (decimal: string): string =>
      Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: coordinate(
          '46950820868899156662930047687818585632848591499744589407958293238635476079160',
        ),
        y: coordinate(
          '5640078356564379163099075877009565129882514886557779369047442380624545832820',
        ),
      },
    });
    const sig =
      'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==';
    const holds = (message: Uint8Array): boolean =>
      verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(sig, 'base64'));
    expect(holds(pae(type, body))).toBe(true);
    expect(holds(pae(type, Buffer.from('hello worle')))).toBe(false);
  });

  it('is signed by the key it names, over type and body', () => {
    const key = keyNamed('operator');
    const { payload, payloadType, signatures } = envelopeOf(key, type, body);
    expect([Buffer.from(payload, 'base64'), payloadType]).toEqual([body, type]);
    const [{ keyid, sig } = { keyid: '', sig: '' }] = signatures;
    const holds = (of: string): boolean =>
      verifySignature(keyid as ActorId, pae(of, body), Buffer.from(sig, 'base64'));
    expect([keyid, holds(type), holds(PAYLOAD_TYPE)]).toEqual([key.actor, true, false]);
  });
});

describe.each(['runs/open/recording', 'logs/mini-encoded', 'logs/mini-trouble'])(
  'provenance in %s',
  (name) => {
    const history = recorded(name);
    const { books, events } = history;
    const head = readFileSync(
      new URL(`../../../../fixtures/${name}.checkpoint`, import.meta.url),
      'utf8',
    );
    const statements = provenanceOf(history, head);
    const promoted = Object.values(books.runs).flatMap(({ revisions }) =>
      revisions.filter(({ window, restores }) => window !== null && restores === undefined),
    );
    const hexOf = (digest: string): string => digest.slice('sha256:'.length);

    it('has a statement for each promoted checkpoint, the same each time', () => {
      expect(promoted.length).toBeGreaterThan(0);
      expect(statements.map(({ subject }) => subject[0]?.digest.sha256)).toEqual(
        promoted.map(({ checkpoint }) => hexOf(checkpoint.digest)),
      );
      expect(JSON.stringify(provenanceOf(history, head))).toBe(JSON.stringify(statements));
    });

    it('chains them: each begins where the one before ended', () => {
      const bases = statements.map(
        ({ predicate }) => predicate.buildDefinition.resolvedDependencies[0]?.digest.sha256,
      );
      const revisions = Object.values(books.runs)[0]?.revisions ?? [];
      expect(bases).toEqual(
        promoted.map(({ revision }) => hexOf(revisions[revision - 1]?.checkpoint.digest ?? '')),
      );
    });

    it('names the deltas that were asked to be aggregated, and who trained on which pages', () => {
      for (const { predicate } of statements) {
        const { externalParameters, resolvedDependencies } = predicate.buildDefinition;
        const { run, window } = externalParameters as { run: string; window: number };
        const deltas = resolvedDependencies.filter((one) => one.name.startsWith('delta/'));
        expect(deltas.map(({ digest }) => `sha256:${digest.sha256}`)).toEqual(
          books.windows[`${run}/${window}`]?.aggregation?.deltas,
        );
        for (const { annotations } of deltas)
          expect((annotations as { pages: number[] }).pages.length).toBeGreaterThan(0);
      }
    });

    it('names entries that are what it calls them', () => {
      const types: Record<string, RegExp> = {
        plan: /\.run\.planned\./,
        window: /\.window\.planned\./,
        sealed: /\.window\.sealed\./,
        scored: /\.window\.scored\./,
        aggregationRequested: /\.aggregation\.requested\./,
        aggregationAgreed: /\.aggregation\.agreed\./,
        decided: /\.promotion\.decided\./,
        promoted: /\.checkpoint\.promoted\./,
      };
      for (const { predicate } of statements) {
        const named = predicate.buildDefinition.internalParameters['entries'];
        for (const [step, type] of Object.entries(types))
          expect(events[(named as Record<string, number>)[step] ?? -1]?.type).toMatch(type);
      }
    });
  },
);
