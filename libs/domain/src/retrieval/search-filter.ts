/** Which documents may answer; lists are alternatives, different fields must all hold. Empty lists let everything through. */
export interface SearchFilter {
  readonly docTypes: readonly string[];
  readonly departments: readonly string[];
  readonly languages: readonly string[];
  readonly tags: readonly string[];
  readonly filenames: readonly string[];
  readonly documentIds: readonly string[];
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
}

export const NO_FILTER: SearchFilter = {
  docTypes: [],
  departments: [],
  languages: [],
  tags: [],
  filenames: [],
  documentIds: [],
  createdAfter: null,
  createdBefore: null,
};

export const isUnfiltered = (filter: SearchFilter): boolean =>
  filter.createdAfter === null &&
  filter.createdBefore === null &&
  [filter.docTypes, filter.departments, filter.languages, filter.tags, filter.filenames, filter.documentIds].every(
    (list) => list.length === 0,
  );
