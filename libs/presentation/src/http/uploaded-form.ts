import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MultipartForm } from './multipart-form';

/** Opens the form that is being sent, for a file of so many bytes at most. */
export type OpenForm = (limitBytes: number) => MultipartForm;

/** The form as it comes in; reading starts when it is opened. */
export const IncomingForm = createParamDecorator((_: undefined, context: ExecutionContext): OpenForm => {
  const { raw } = context.switchToHttp().getRequest<FastifyRequest>();
  return (limitBytes) => new MultipartForm(raw, limitBytes);
});
