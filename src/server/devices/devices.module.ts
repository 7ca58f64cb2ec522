import { Module } from '@nestjs/common';
import { DevicesBroadcast } from './devices.broadcast.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';

@Module({
  controllers: [DevicesController],
  providers: [DevicesService, DevicesBroadcast],
})
export class DevicesModule {}
