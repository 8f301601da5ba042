import { PreconditionFailed } from '@aegis/domain/shared/precondition-failed';

/** Whether a thing at this revision is what the client wants to change; null: whatever it is. */
export type Precondition = ((revision: number) => boolean) | null;

/** Throws PreconditionFailed. */
export function assertMet(precondition: Precondition, revision: number): void {
  if (precondition !== null && !precondition(revision)) throw new PreconditionFailed();
}
