import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { AnySession, CurrentSession, type Session } from '../../shared-session/index.js';
import { CartOperation, type CartResult, type CartSnapshot } from './cart.contract.js';
import { CartService } from './cart.service.js';

@Controller('cart')
@AnySession()
export class CartController {
  constructor(private readonly cart: CartService) {}

  @Get()
  get(@CurrentSession() session: Session): Promise<CartSnapshot> {
    return this.cart.get(session);
  }

  @Post('operations')
  @HttpCode(200)
  apply(
    @CurrentSession() session: Session,
    @Body({ schema: CartOperation }) operation: CartOperation,
  ): Promise<CartResult> {
    return this.cart.apply(session, operation);
  }
}
