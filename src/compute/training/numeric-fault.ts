/**
 * Arithmetic left the finite numbers. An outcome of a step, not a bug: the contribution ends here
 * and says so; a NaN never becomes a delta.
 */
export type NumericFaultPlace = 'loss' | 'gradient' | 'delta' | 'aggregate';

export class NumericFault extends Error {
  override readonly name = 'NumericFault';
  readonly place: NumericFaultPlace;
  readonly code: `${NumericFaultPlace}_not_finite`;
  /** Global inner step where it showed; -1 outside of steps. */
  readonly step: number;

  constructor(place: NumericFaultPlace, step: number) {
    super(step < 0 ? `${place} is not finite` : `${place} of step ${step} is not finite`);
    this.place = place;
    this.code = `${place}_not_finite`;
    this.step = step;
  }
}
