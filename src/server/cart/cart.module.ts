import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { addUpQuantities, MERGE_CARTS } from './cart-merge.js';
import { CartOperations } from './cart-operations.js';
import { CartBroadcast } from './cart.broadcast.js';
import { CartController } from './cart.controller.js';
import { CartGateway } from './cart.gateway.js';
import { CartRepository } from './cart.repository.js';
import { CartService } from './cart.service.js';
import { GuestCarts } from './guest-carts.js';

@Module({
  imports: [CatalogModule],
  controllers: [CartController],
  exports: [CartService, GuestCarts],
  providers: [
    CartService,
    GuestCarts,
    CartRepository,
    CartOperations,
    CartBroadcast,
    CartGateway,
    { provide: MERGE_CARTS, useValue: addUpQuantities },
  ],
})
export class CartModule {}
