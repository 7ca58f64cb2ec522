import { UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { SignedIn } from 'nestjs-shared-session';
import { MessageDto } from './message.dto';

@WebSocketGateway()
@SignedIn()
@UsePipes(new ValidationPipe({ whitelist: true }))
export class ChatGateway {
  @SubscribeMessage('chat:say')
  say(@MessageBody() { text }: MessageDto) {
    return text;
  }
}
