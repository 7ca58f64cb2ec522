import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Environment } from './config/environment.js';
import { requireJson } from './require-json.js';
import { SessionIoAdapter } from './shared-session/index.js';

const PAGE = fileURLToPath(new URL('./client-demo', import.meta.url));

/** What the server and the tests set up alike, before the application listens. */
export function configureApp(app: NestExpressApplication, environment: Environment): void {
  app.set('trust proxy', environment.trustProxy);
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      directives: {
        // Without TLS there is nothing to upgrade to.
        upgradeInsecureRequests: environment.production ? [] : null,
        styleSrc: ["'self'"],
      },
    },
    strictTransportSecurity: environment.production,
  });
  app.enableCsrfProtection({ trustedOrigins: [...environment.allowedOrigins] });
  app.useStaticAssets(PAGE);
  app.use(requireJson);
  app.useWebSocketAdapter(new SessionIoAdapter(app));
  app.enableShutdownHooks([], { useProcessExit: true });
}
