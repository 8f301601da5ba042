/**
 * Groups texts of similar length, so that little is padded: each group holds at most `budget` tokens with all padded to its longest, or
 * one text that is longer alone. Takes the token count of each text, gives groups of their positions, shortest first.
 */
export function microBatches(lengths: readonly number[], budget: number): readonly (readonly number[])[] {
  const ordered = lengths.map((length, position) => ({ length, position })).sort((a, b) => a.length - b.length);
  const groups: number[][] = [];
  let group: number[] = [];
  for (const { length, position } of ordered) {
    if (group.length > 0 && (group.length + 1) * length > budget) {
      groups.push(group);
      group = [];
    }
    group.push(position);
  }
  return group.length > 0 ? [...groups, group] : groups;
}
