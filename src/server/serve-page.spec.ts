import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { servePage } from './serve-page.js';

@Module({})
class EmptyModule {}

describe('the page’s files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  let app: NestExpressApplication;

  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), 'page');
    writeFileSync(join(folder, 'assets', 'main-a1b2.js'), 'script');
    app = await NestFactory.create<NestExpressApplication>(EmptyModule, { logger: false });
    servePage(app, folder);
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['/', 'public, max-age=0'],
    ['/assets/main-a1b2.js', 'public, max-age=31536000, immutable'],
  ])('are kept as long as their names say: %s', async (path, expected) => {
    const { status, headers } = await fetch(`${await app.getUrl()}${path}`);

    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe(expected);
  });
});
