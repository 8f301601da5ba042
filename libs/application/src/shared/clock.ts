/** The present moment, as an argument: tests set it. */
export abstract class Clock {
  abstract now(): Date;
}
