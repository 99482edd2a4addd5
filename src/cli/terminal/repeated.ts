/** For an option that may be given several times: its values, in order. */
export const repeated = (value: string, before: readonly string[]): readonly string[] => [
  ...before,
  value,
];
