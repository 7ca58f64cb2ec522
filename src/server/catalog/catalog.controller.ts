import { Controller, Get } from '@nestjs/common';
import type { Product } from './catalog.contract.js';
import { CatalogService } from './catalog.service.js';

@Controller('catalog')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  list(): readonly Product[] {
    return this.catalog.products;
  }
}
