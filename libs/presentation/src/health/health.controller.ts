import { HealthReader } from '@aegis/application/health/health-reader';
import { Metrics } from '@aegis/application/shared/metrics';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { ApiPublicProblem, problemContent } from '../http/api-problem';
import { OpenStreams } from '../http/open-streams';
import { Reply } from '../http/reply';
import { HealthBody, LivenessBody } from './health.dto';

const NOT_SERVED = {
  status: 503,
  description: 'Queries cannot be served; once the process is about to stop, as `shutting_down`',
  content: { 'application/json': { schema: { $ref: getSchemaPath(HealthBody) } }, ...problemContent(['shutting_down']) },
};

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthReader,
    private readonly metrics: Metrics,
    private readonly openStreams: OpenStreams,
  ) {}

  @Get('health/live')
  @ApiOperation({ summary: 'Is the process alive?', security: [] })
  @ApiResponse({ status: 200, type: LivenessBody })
  @ApiPublicProblem()
  live(): LivenessBody {
    return LivenessBody.alive();
  }

  /** 503 only where queries cannot be served. */
  @Get('health/ready')
  @ApiOperation({ summary: 'May traffic come?', security: [] })
  @ApiResponse({ status: 200, type: HealthBody })
  @ApiPublicProblem()
  @ApiResponse(NOT_SERVED)
  ready(): Promise<Reply<HealthBody>> {
    return this.look();
  }

  @Get('health')
  @ApiOperation({ summary: 'How is every part?', security: [] })
  @ApiResponse({ status: 200, type: HealthBody })
  @ApiPublicProblem()
  @ApiResponse(NOT_SERVED)
  read(): Promise<Reply<HealthBody>> {
    return this.look();
  }

  /** In the text format of Prometheus. */
  @Get('metrics')
  @ApiOperation({ summary: 'Metrics', security: [] })
  @ApiProduces('text/plain')
  @ApiPublicProblem('shutting_down')
  @ApiResponse({ status: 200, content: { 'text/plain': { schema: { type: 'string' } } } })
  async exposition(): Promise<Reply<string>> {
    this.metrics.gauge('aegis_open_streams', {}, this.openStreams.openCount);
    const { contentType, text } = await this.metrics.exposition();
    return new Reply(text, { 'content-type': contentType });
  }

  private async look(): Promise<Reply<HealthBody>> {
    const report = await this.health.read();
    return new Reply(HealthBody.from(report), { 'cache-control': 'no-store' }, report.servesQueries ? 200 : 503);
  }
}
