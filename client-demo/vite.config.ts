import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: './',
  resolve: {
    // The page uses the client as any application does, from source.
    alias: {
      'nestjs-shared-session-client/react': file('../src/client/react/index.ts'),
      'nestjs-shared-session-client': file('../src/client/index.ts'),
    },
  },
  build: {
    outDir: '../dist/client-demo',
    emptyOutDir: true,
    // An inlined asset is a data: address, which the page's Content-Security-Policy may refuse.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: [file('index.html'), file('side-by-side.html'), file('src/docs/docs.ts')],
      output: {
        // The server makes the page at /docs, and cannot know a name with a hash.
        entryFileNames: ({ name }) => (name === 'docs' ? 'docs.js' : 'assets/[name]-[hash].js'),
      },
      onLog(level, log, handle) {
        // The hooks' `use client` is for bundlers that render on a server.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
});
