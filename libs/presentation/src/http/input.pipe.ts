import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import { checkInput } from './check-input';
import { HttpProblem } from './problems/http-problem';

const PLAIN: readonly unknown[] = [String, Number, Boolean, Array, Object];

/** Turns bodies and query strings into the classes that controllers ask for, or refuses them. No conversion that a field does not ask for. */
export class InputPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' && type !== 'query') return value;
    if (type === 'body' && value === undefined) throw new HttpProblem('malformed_body', { reason: 'body_missing' });
    if (metatype === undefined || PLAIN.includes(metatype)) return value;
    return checkInput(metatype as ClassConstructor<object>, value, type);
  }
}
