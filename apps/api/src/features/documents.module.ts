import { Module } from '@nestjs/common';
import { DeleteDocument } from '@aegis/application/documents/delete-document';
import { DocumentReader } from '@aegis/application/documents/document-reader';
import { ReadContent } from '@aegis/application/documents/read-content';
import { UploadDocument } from '@aegis/application/documents/upload-document';
import { MediaTypeSniffer } from '@aegis/application/providers/media-type-sniffer';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { DocumentsController } from '@aegis/presentation/documents/documents.controller';

@Module({
  controllers: [DocumentsController],
  providers: [
    provide(UploadDocument, [UnitOfWork, ObjectStore, MediaTypeSniffer, IdGenerator, Clock]),
    provide(DeleteDocument, [UnitOfWork, IdGenerator, Clock]),
    provide(ReadContent, [DocumentReader, ObjectStore]),
  ],
})
export class DocumentsModule {}
