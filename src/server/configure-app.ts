import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SessionIoAdapter } from '../shared-session/index.js';
import type { Environment } from './config/environment.js';
import { keepOutOfCaches } from './keep-out-of-caches.js';
import { requireJson } from './require-json.js';
import { servePage } from './serve-page.js';

const PAGE = fileURLToPath(new URL('../client-demo', import.meta.url));

/** What the server and the tests set up alike, before the application listens. */
export function configureApp(app: NestExpressApplication, environment: Environment): void {
  const framing = ["'self'", ...environment.allowedOrigins];
  app.set('trust proxy', environment.trustProxy);
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      directives: {
        // Without TLS there is nothing to upgrade to.
        upgradeInsecureRequests: environment.production ? [] : null,
        styleSrc: ["'self'"],
        // The page may show itself beside one from another of the allowed origins, and nothing else may.
        frameSrc: framing,
        frameAncestors: framing,
      },
    },
    strictTransportSecurity: environment.production,
    // X-Frame-Options cannot list origins; frame-ancestors above can.
    xFrameOptions: false,
  });
  app.enableCsrfProtection({ trustedOrigins: [...environment.allowedOrigins] });
  servePage(app, PAGE);
  app.use(keepOutOfCaches);
  app.use(requireJson);
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  app.enableShutdownHooks([], { useProcessExit: true });
}
