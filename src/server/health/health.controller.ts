import { Controller, Get } from '@nestjs/common';
import { Anybody } from '../../shared-session/index.js';
import { HealthService } from './health.service.js';

@Controller('health')
@Anybody()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** The process runs and answers; restart it if this fails. */
  @Get('live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** The node can do its work; send it no traffic while this fails. */
  @Get('ready')
  async ready(): Promise<{ status: 'ready' }> {
    await this.health.assertReady();
    return { status: 'ready' };
  }
}
