import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Post, Sse, type Type, UseGuards } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { EMPTY } from 'rxjs';
import type { Finding } from './audit-findings.js';
import { auditControllers, refusePolls } from './controller-audit.js';
import { AnySession, Anybody, Poll, SignedIn } from './decorators.js';

async function discover(controller: Type): Promise<DiscoveryService> {
  @Module({ imports: [DiscoveryModule], controllers: [controller] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  return app.get(DiscoveryService);
}

/** What is found about a controller. */
async function audit(controller: Type, guards: unknown[] = []): Promise<readonly Finding[]> {
  return auditControllers(await discover(controller), guards);
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
      expect(await audit(controller)).toEqual([]);
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

    const [found] = await audit(AdminController);

    expect(found?.what).toContain('AdminController.sweep has no guard');
    expect(found?.remedies.join()).toMatch(/^Put @SignedIn\(\).+@Anybody\(\)/);
    expect(await audit(AdminController, [{}])).toEqual([]);
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

    expect((await audit(Streams))[0]?.what).toContain('Streams.news');
    expect((await audit(Inheriting))[0]?.what).toContain('Inheriting.news');
    expect((await audit(Emptied))[0]?.what).toContain('Emptied.get');
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

    expect(await audit(Foreign)).toEqual([]);
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

    const discovery = await discover(Cart);

    expect(() => {
      refusePolls(discovery);
    }).toThrow('Cart.version is a @Poll()');
  });

  it('accepts all others', async () => {
    @Controller()
    class Cart {
      @Get('cart')
      cart() {
        return [];
      }
    }

    const discovery = await discover(Cart);

    expect(() => {
      refusePolls(discovery);
    }).not.toThrow();
  });
});
