import { Clock } from '@aegis/application/shared/clock';

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
