/**
 * Tests on a GPU backend: they run where a device is found, a software one included; elsewhere each
 * says what is missing.
 */
import { afterAll, beforeAll, it } from 'vitest';
import type { Backend } from '../backend.ts';
import { BackendUnavailable } from './backend-unavailable.ts';
import { openBackend } from './open.ts';

const MISSING: readonly string[] = [
  'backend_package_missing',
  'backend_package_unusable',
  'backend_device_missing',
];

export type OnDevice = (name: string, body: (backend: Backend) => Promise<void>) => void;

/** One backend for the tests of a file. */
export function testsOnDevice(): OnDevice {
  let opened: Backend | BackendUnavailable;
  beforeAll(async () => {
    opened = await openBackend('gpu', { threads: 1 }).catch((error: unknown) => {
      if (error instanceof BackendUnavailable && MISSING.includes(error.code)) return error;
      throw error;
    });
  });
  afterAll(async () => {
    if (!(opened instanceof BackendUnavailable)) await opened.close();
  });
  return (name, body) => {
    it(name, async (context) => {
      if (opened instanceof BackendUnavailable) {
        context.skip(`${opened.code}: ${opened.message}`);
      } else await body(opened);
    });
  };
}
