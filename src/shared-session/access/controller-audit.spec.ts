import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post, Sse, type Type, UseGuards } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { EMPTY } from 'rxjs';
import { auditControllers, refusePolls } from './controller-audit.js';
import { AnySession, Anybody, Poll, SignedIn } from './decorators.js';

async function audit(controller: Type, check = auditControllers): Promise<void> {
  @Module({ imports: [DiscoveryModule], controllers: [controller] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  check(app.get(DiscoveryService));
}

describe('auditControllers', () => {
  it('accepts routes that a guard or @Anybody() decides about', async () => {
    @Controller()
    class Mixed {
      @Get('orders')
      @SignedIn()
      orders() {
        return [];
      }

      @Post('login')
      @Anybody()
      login() {
        return this.helper();
      }

      helper() {
        return {};
      }
    }
    @Controller()
    @AnySession()
    class Guarded {
      @Get('cart')
      cart() {
        return [];
      }
    }
    @Controller()
    @Anybody()
    class Open {
      @Get('catalog')
      catalog() {
        return [];
      }
    }

    for (const controller of [Mixed, Guarded, Open]) {
      await expect(audit(controller)).resolves.toBeUndefined();
    }
  });

  it('names a route that nobody decided about, and says what would do', async () => {
    @Controller('admin')
    class AdminController {
      @Post('sweep')
      sweep() {
        return {};
      }
    }

    const started = audit(AdminController);

    await expect(started).rejects.toThrow('AdminController.sweep has no guard');
    await expect(started).rejects.toThrow(/1\. Put @SignedIn\(\)[^]+@Anybody\(\)/);
  });

  it('names a stream and an inherited route, and takes an empty list of guards for none', async () => {
    @Controller()
    class Streams {
      @Sse('news')
      news() {
        return EMPTY;
      }
    }
    @Controller()
    class Inheriting extends Streams {}
    @Controller()
    class Emptied {
      @Get()
      @UseGuards()
      get() {
        return [];
      }
    }

    await expect(audit(Streams)).rejects.toThrow('Streams.news');
    await expect(audit(Inheriting)).rejects.toThrow('Inheriting.news');
    await expect(audit(Emptied)).rejects.toThrow('Emptied.get');
  });

  it('takes what is said about the controller of another package', async () => {
    @Controller('metrics')
    class Foreign {
      @Get()
      get() {
        return '';
      }
    }
    Anybody()(Foreign);

    await expect(audit(Foreign)).resolves.toBeUndefined();
  });
});

describe('refusePolls', () => {
  it('names a route that is marked as a poll', async () => {
    @Controller()
    class Cart {
      @Get('cart')
      cart() {
        return [];
      }

      @Get('cart/version')
      @Poll()
      version() {
        return 1;
      }
    }

    await expect(audit(Cart, refusePolls)).rejects.toThrow('Cart.version is a @Poll()');
  });

  it('accepts all others', async () => {
    @Controller()
    class Cart {
      @Get('cart')
      cart() {
        return [];
      }
    }

    await expect(audit(Cart, refusePolls)).resolves.toBeUndefined();
  });
});
