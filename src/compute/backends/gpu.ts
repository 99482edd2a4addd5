/** The GPU backend is not in this revision: opening it says so. */
import type { Backend } from '../backend.ts';
import { BackendUnavailable } from './backend-unavailable.ts';

export async function openGpuBackend(): Promise<Backend> {
  throw new BackendUnavailable('backend_package_missing', 'This revision has no GPU backend.');
}
