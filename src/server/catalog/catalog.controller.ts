import { Controller, Get } from '@nestjs/common';
import { Anybody } from '../../shared-session/index.js';
import type { Product } from './catalog.contract.js';
import { CatalogService } from './catalog.service.js';

@Controller('catalog')
@Anybody()
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  list(): readonly Product[] {
    return this.catalog.products;
  }
}
