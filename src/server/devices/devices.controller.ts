import { Controller, Delete, Get, HttpCode, Param, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentSession, type Session, Sessions, SignedIn } from '../../shared-session/index.js';
import type { Device } from './devices.contract.js';
import { DevicesService } from './devices.service.js';

@Controller('devices')
@SignedIn()
export class DevicesController {
  constructor(
    private readonly devices: DevicesService,
    private readonly sessions: Sessions,
  ) {}

  @Get()
  list(@CurrentSession() session: Session): Promise<Device[]> {
    return this.devices.list(session);
  }

  @Delete()
  @HttpCode(204)
  endOthers(@Req() request: Request): Promise<void> {
    return this.sessions.endOthers(request);
  }

  @Delete(':handle')
  @HttpCode(204)
  end(@CurrentSession() session: Session, @Param('handle') handle: string): Promise<void> {
    return this.devices.end(session, handle);
  }
}
