/** Why a file cannot be read, for people: without the system call. */

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'its permissions do not let this user',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
};

export const unreadable = (path: string, error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `cannot read ${path}: ${WHY[code] ?? message}`;
};
