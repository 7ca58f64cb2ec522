import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AnySession, CurrentSession, type Session } from '../shared-session/index.js';
import { CartOperation, type CartResult, type CartSnapshot } from './cart.contract.js';
import { CartService } from './cart.service.js';

@WebSocketGateway()
@AnySession()
export class CartGateway {
  constructor(private readonly cart: CartService) {}

  @SubscribeMessage('cart:get')
  get(@CurrentSession() session: Session): Promise<CartSnapshot> {
    return this.cart.get(session);
  }

  @SubscribeMessage('cart:apply')
  apply(
    @CurrentSession() session: Session,
    @MessageBody({ schema: CartOperation }) operation: CartOperation,
  ): Promise<CartResult> {
    return this.cart.apply(session, operation);
  }
}
