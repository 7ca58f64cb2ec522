import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { SessionProvider } from 'nestjs-shared-session-client/react';
import { session } from './live.js';
import { App } from './view/app.js';

const page = document.getElementById('page');
if (page) {
  createRoot(page).render(
    <StrictMode>
      <SessionProvider session={session}>
        <App />
      </SessionProvider>
    </StrictMode>,
  );
}
