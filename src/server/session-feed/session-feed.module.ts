import { Module } from '@nestjs/common';
import { CartModule } from '../cart/cart.module.js';
import { SessionFeedController } from './session-feed.controller.js';
import { SessionFeed } from './session-feed.service.js';

@Module({
  imports: [CartModule],
  controllers: [SessionFeedController],
  providers: [SessionFeed],
})
export class SessionFeedModule {}
