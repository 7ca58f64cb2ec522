import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createHostCheck } from './allowed-hosts.js';
import { giveRequestId } from './audit/request-context.js';
import { ClientNetworks } from '../shared-session/index.js';
import type { Environment } from './config/environment.js';
import { HostIoAdapter } from './host-io.adapter.js';
import { keepOutOfCaches } from './keep-out-of-caches.js';
import { limitRequests } from './limit-requests.js';
import { requireHost } from './require-host.js';
import { requireJson } from './require-json.js';
import { servePage } from './serve-page.js';

const PAGE = fileURLToPath(new URL('../client-demo', import.meta.url));

/** What the server and the tests set up alike, before the application listens. */
export function configureApp(app: NestExpressApplication, environment: Environment): void {
  const framing = ["'self'", ...environment.allowedOrigins];
  const isAllowed = createHostCheck(environment.allowedHosts);
  app.set('trust proxy', environment.trustProxy);
  app.use(giveRequestId);
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
  app.use(requireHost(isAllowed));
  app.enableCsrfProtection({ trustedOrigins: [...environment.allowedOrigins] });
  servePage(app, PAGE);
  if (environment.rateLimits) app.use(limitRequests(app.get(ClientNetworks, { strict: false })));
  app.use(keepOutOfCaches);
  app.use(requireJson);
  app.useWebSocketAdapter(new HostIoAdapter(app, isAllowed));
  app.enableShutdownHooks([], { useProcessExit: true });
}
