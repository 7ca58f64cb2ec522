import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CartBroadcast } from './cart.broadcast.js';
import { CartController } from './cart.controller.js';
import { CartGateway } from './cart.gateway.js';
import { CartRepository } from './cart.repository.js';
import { CartService } from './cart.service.js';

@Module({
  imports: [CatalogModule],
  controllers: [CartController],
  providers: [CartService, CartRepository, CartBroadcast, CartGateway],
})
export class CartModule {}
