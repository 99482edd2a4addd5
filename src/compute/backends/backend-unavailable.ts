/**
 * What a backend says when the machine cannot carry it. A stable code, and a sentence that says
 * what to do. These are faults of the surroundings; a wrong shape is an assertion (gemm-shape.ts).
 */
export type BackendUnavailableCode =
  | 'backend_package_missing' // an optional package is not installed
  | 'backend_package_unusable' // it is installed, but does not load on this system
  | 'backend_device_missing' // the package is there, no usable device answers
  | 'backend_device_lost' // the device went away; opening again may find it
  | 'backend_op_unsupported' // the device has no kernels for an operation of the model
  | 'backend_threads_invalid' // a thread count that is not a whole number from 1 to the limit
  | 'backend_memory_exhausted'; // the operands do not fit the backend's memory

export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
  readonly code: BackendUnavailableCode;

  constructor(code: BackendUnavailableCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
