const seen: string[] = [];

/** How many have called this function since its file was loaded. */
export const count = (name: string): number => seen.push(name);
