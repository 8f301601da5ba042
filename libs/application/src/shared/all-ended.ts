/**
 * The results of work that goes on at the same time in one transaction. Unlike `Promise.all` it waits for the others when one fails: nobody
 * may still be writing when the transaction is rolled back and its connection lent to somebody else. Throws the failure that came first:
 * those behind it fail because the transaction is broken, and do not say why.
 */
export async function allEnded<const Work extends readonly unknown[]>(
  work: Work,
): Promise<{ -readonly [Each in keyof Work]: Awaited<Work[Each]> }> {
  const all = Promise.all(work);
  await all.catch(() => Promise.allSettled(work));
  return all;
}
