/** New ids: UUID version 7, so that rows of one tenant sort by age. */
export abstract class IdGenerator {
  abstract next(): string;
}
