/**
 * The failure that came first, to be thrown on: what else failed while cleaning up after it never takes its place, but stands at the end of
 * its causes, where the log finds it.
 */
export function withLater(first: unknown, later: unknown): unknown {
  const causes = causesOf(first);
  const last = causes.at(-1);
  const isNews = !causesOf(later).some((each) => causes.includes(each)); // a chain that bites its tail has no end
  if (last !== undefined && last.cause === undefined && isNews) last.cause = later;
  return first;
}

function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let each = error; each instanceof Error && !causes.includes(each); each = each.cause) causes.push(each);
  return causes;
}
