import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The page of the control room, which no node serves. */
export default defineConfig({
  base: './',
  build: {
    outDir: '../dist/room',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    rolldownOptions: { input: fileURLToPath(new URL('room.html', import.meta.url)) },
  },
});
