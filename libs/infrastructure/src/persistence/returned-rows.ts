/** TypeORM's raw queries answer `[rows, count]` for UPDATE and DELETE, and rows for everything else: this is always the rows. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- rows have the type that their SQL gives them
export function returnedRows<Row>(result: unknown): readonly Row[] {
  const [first] = result as [unknown];
  return (Array.isArray(first) ? first : result) as readonly Row[];
}
