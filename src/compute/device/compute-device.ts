/** What device programs need of a backend's device: WebGPU's own interface, with errors that have codes. */
export interface ComputeDevice {
  readonly gpu: GPUDevice;
  /**
   * Runs and waits. Throws BackendUnavailable: `backend_device_lost`, `backend_memory_exhausted`
   * for what the device refused.
   */
  checked<T>(run: () => Promise<T>): Promise<T>;
}
