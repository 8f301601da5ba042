import { DomainError } from '../shared/domain-error';

export class FileTooLarge extends DomainError {
  readonly code = 'file_too_large';
  readonly kind = 'too_large';
  constructor(readonly limitBytes: number) {
    super(`the file is larger than ${limitBytes} bytes`);
  }
}
export class FileEmpty extends DomainError {
  readonly code = 'file_empty';
  readonly kind = 'unprocessable';
  constructor() {
    super('the file has no bytes');
  }
}
export class UnsupportedMediaType extends DomainError {
  readonly code = 'unsupported_media_type';
  readonly kind = 'unsupported';
  constructor(what = 'no format that can be read') {
    super(what);
  }
}
export class StorageFull extends DomainError {
  readonly code = 'storage_full';
  readonly kind = 'storage_full';
  constructor(options?: { cause?: unknown }) {
    super('no room left for files', options);
  }
}
