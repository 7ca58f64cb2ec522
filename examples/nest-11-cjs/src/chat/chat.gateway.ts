import { UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CurrentUser, SignedIn } from 'nestjs-shared-session';
import type { User } from '../auth/user';
import { MessageDto } from './message.dto';

@WebSocketGateway()
@SignedIn()
@UsePipes(new ValidationPipe({ whitelist: true }))
export class ChatGateway {
  @SubscribeMessage('chat:who')
  who(@CurrentUser() user: User) {
    return user;
  }

  @SubscribeMessage('chat:say')
  say(@CurrentUser() user: User, @MessageBody() { text }: MessageDto) {
    return `${user.name}: ${text}`;
  }
}
