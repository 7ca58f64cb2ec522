import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { CurrentUser, Payload, SignedIn } from 'nestjs-shared-session';
import { z } from 'zod';
import type { User } from './shop/user.js';

const Message = z.object({ text: z.string().min(1).max(500) });

/** Was `io.on('connection', (socket) => socket.on('chat:say', …))`, with the user at `socket.request.session`. */
@WebSocketGateway()
@SignedIn()
export class ChatGateway {
  @SubscribeMessage('chat:who')
  who(@CurrentUser() user: User) {
    return user;
  }

  @SubscribeMessage('chat:say')
  say(@CurrentUser() user: User, @Payload(Message) { text }: z.infer<typeof Message>) {
    return `${user.name}: ${text}`;
  }
}
