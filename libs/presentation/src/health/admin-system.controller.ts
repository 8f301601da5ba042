import { SystemReader } from '@aegis/application/health/system-reader';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PlatformAdministrator } from '../http/access';
import { ApiProblem } from '../http/api-problem';
import { SystemBody } from './system.dto';

@ApiTags('admin')
@Controller('admin/system')
export class AdminSystemController {
  constructor(private readonly system: SystemReader) {}

  /** Versions, models and how much work waits. 버전, 모델, 대기 중인 작업을 보여 줍니다. Whether the parts work is what `GET /v1/health` says. */
  @Get()
  @PlatformAdministrator()
  @ApiOperation({ summary: 'What runs here' })
  @ApiResponse({ status: 200, type: SystemBody })
  @ApiProblem()
  async read(): Promise<SystemBody> {
    return SystemBody.from(await this.system.read());
  }
}
