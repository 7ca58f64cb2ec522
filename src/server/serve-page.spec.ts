import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
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
    writeFileSync(join(folder, 'page.html'), 'another page');
    writeFileSync(join(folder, 'assets', 'main-a1b2.js'), 'script');
    app = await NestFactory.create<NestExpressApplication>(EmptyModule, { logger: false });
    servePage(app, folder);
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['/page', '/page.html'])('are found with their ending and without: %s', async (path) => {
    expect(await (await fetch(`${await app.getUrl()}${path}`)).text()).toBe('another page');
  });

  it('are looked for by no other request', async () => {
    const look = jest.spyOn(fs, 'stat');

    const { status } = await fetch(`${await app.getUrl()}/session`);

    expect(status).toBe(404);
    expect(look).not.toHaveBeenCalled();
    look.mockRestore();
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
