import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/client-demo',
    emptyOutDir: true,
    // An inlined asset is a data: address, which the page's Content-Security-Policy may refuse.
    assetsInlineLimit: 0,
  },
});
