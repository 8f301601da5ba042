/** Collects the events of a change; the unit of work writes them to the outbox together with the row. */
export abstract class Aggregate<Event> {
  private readonly recorded: Event[] = [];

  protected record(event: Event): void {
    this.recorded.push(event);
  }

  /** Hands the events over once. */
  takeEvents(): readonly Event[] {
    return this.recorded.splice(0);
  }
}
