// @ts-check
/** What somebody dropped or chose, sorted: one recording and its artifacts. Nothing is read yet but names. */

const ARTIFACT = /^[0-9a-f]{64}$/;

/**
 * @typedef {object} Dropped
 * @property {string} name of the recording
 * @property {Blob} ndjson
 * @property {File | null} checkpoint
 * @property {File | null} books
 * @property {readonly File[]} artifacts
 */

/**
 * @param {readonly File[]} files
 * @returns {Dropped | string} why they are no recording
 */
export function sorted(files) {
  const recordings = files.filter(({ name }) => name.endsWith('.ndjson'));
  const [ndjson] = recordings;
  if (ndjson === undefined)
    return files.length === 0
      ? 'That held no files.'
      : 'There is no recording among these files: one has the extension .ndjson.';
  if (recordings.length > 1)
    return `Here are ${recordings.length} recordings (${recordings
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', ')}); one at a time, please.`;
  const base = ndjson.name.slice(0, -'.ndjson'.length);
  /** @param {string} extension */
  const beside = (extension) => {
    const alike = files.filter(({ name }) => name.endsWith(extension));
    return alike.find(({ name }) => name === base + extension) ?? alike[0] ?? null;
  };
  return {
    name: ndjson.name,
    ndjson,
    checkpoint: beside('.checkpoint'),
    books: beside('.books.json'),
    artifacts: files.filter(({ name }) => ARTIFACT.test(name)),
  };
}

/**
 * Every file that was dropped, folders opened.
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function filesOf(transfer) {
  // Entries are gone once the event is over: they are taken before anything is waited for.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  if (entries.every((entry) => entry === null || entry.isFile)) return files;
  const found = await Promise.all(
    entries.map((entry) => (entry === null ? [] : filesUnder(entry))),
  );
  return found.flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesUnder(entry) {
  if (entry.isFile)
    return [
      await new Promise((resolve, reject) =>
        /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
      ),
    ];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {File[]} */
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    // A folder is read in pieces; an empty one is the end.
    if (some.length === 0) return files;
    for (const child of some) files.push(...(await filesUnder(child)));
  }
}

/**
 * The ledger that this explorer serves, as a recording: its entries up to the published head, and the
 * books that it claims. `onProgress` hears how many entries came.
 * @param {(done: number, total: number) => void} onProgress
 * @returns {Promise<{ ndjson: Blob, checkpoint: string | null, books: string | null }>}
 */
export async function served(onProgress) {
  const note = await fetch('/checkpoint');
  // Without an authority nothing is signed; the entries are there all the same.
  const checkpoint = note.ok ? await note.text() : null;
  const status = await (await fetch('/status')).json();
  const size = checkpoint === null ? Number(status.size) : Number(checkpoint.split('\n')[1]);
  /** @type {Blob[]} */
  const parts = [];
  for (let from = 0; from < size;) {
    const limit = Math.min(1000, size - from);
    const answer = await fetch(`/api/entries?from=${from}&limit=${limit}`);
    if (!answer.ok) throw new Error(`entries from ${from}: HTTP ${answer.status}`);
    parts.push(await answer.blob());
    const next = Number(answer.headers.get('daybook-next'));
    if (!(next > from)) throw new Error(`the explorer has no entry ${from}`);
    from = next;
    onProgress(from, size);
  }
  const books = size === 0 ? null : await fetch(`/api/books?at=${size - 1}`);
  return {
    ndjson: new Blob(parts),
    checkpoint,
    books: books?.ok === true ? await books.text() : null,
  };
}
