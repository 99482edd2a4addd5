/** Subjects that facts of several families share. */
export const ofWindow = (data: { run: string; window: number }): string =>
  `run/${data.run}/window/${data.window}`;

export const ofAssignment = (data: { assignment: string }): string =>
  `assignment/${data.assignment}`;
