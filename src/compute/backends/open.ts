/**
 * Opens a backend by name. The exact ones are always there; `gpu` needs an optional package and a
 * device, and says which of the two is missing.
 */
import type { Backend, BackendName } from '../backend.ts';
import { openBlasBackend } from './blas.ts';
import { openExactBackend } from './exact.ts';
import { openReferenceBackend } from './reference.ts';

/**
 * `threads` is what the exact backend uses; the others have one of their own.
 * Throws BackendUnavailable.
 */
export async function openBackend(
  name: BackendName,
  options: { readonly threads: number },
): Promise<Backend> {
  switch (name) {
    case 'reference':
      return openReferenceBackend();
    case 'blas':
      return openBlasBackend();
    case 'exact':
      return openExactBackend(options);
    case 'gpu': {
      // Loaded on demand: who has no device should not even read the driver's files.
      const { openGpuBackend } = await import('./gpu.ts');
      return openGpuBackend();
    }
  }
}
