import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AnySession, CurrentSession, Poll, type Session } from '../../shared-session/index.js';
import {
  CartOperation,
  CartPosition,
  type CartResult,
  type CartSnapshot,
  type CartSync,
} from './cart.contract.js';
import { CartService } from './cart.service.js';

@WebSocketGateway()
@AnySession()
export class CartGateway {
  constructor(private readonly cart: CartService) {}

  @SubscribeMessage('cart:get')
  @Poll()
  get(@CurrentSession() session: Session): Promise<CartSnapshot> {
    return this.cart.get(session);
  }

  @SubscribeMessage('cart:sync')
  @Poll()
  sync(
    @CurrentSession() session: Session,
    @MessageBody({ schema: CartPosition }) position: CartPosition,
  ): Promise<CartSync> {
    return this.cart.sync(session, position);
  }

  @SubscribeMessage('cart:apply')
  apply(
    @CurrentSession() session: Session,
    @MessageBody({ schema: CartOperation }) operation: CartOperation,
  ): Promise<CartResult> {
    return this.cart.apply(session, operation);
  }
}
