/** Many independent pieces of work over several lanes, each lane one at a time. */

/**
 * What fails ends it all, and is told of the first item, however fast the lanes are: items are begun in
 * order, so those before it are begun by then, and waited for.
 */
export async function overLanes<T, L>(
  items: readonly T[],
  lanes: readonly L[],
  progress: (done: number, total: number) => void,
  work: (item: T, lane: L) => Promise<void>,
): Promise<void> {
  let next = 0;
  let done = 0;
  const failed: { readonly at: number; readonly error: unknown }[] = [];
  const serve = async (lane: L): Promise<void> => {
    for (let item = items[next]; item !== undefined && failed.length === 0; item = items[next]) {
      const at = next;
      next += 1;
      try {
        await work(item, lane);
      } catch (error) {
        failed.push({ at, error });
        return;
      }
      done += 1;
      progress(done, items.length);
    }
  };
  await Promise.all(lanes.map(serve));
  const [first] = failed.toSorted((a, b) => a.at - b.at);
  if (first !== undefined) throw first.error;
}
