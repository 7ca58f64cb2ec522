import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './timeline.js';
import { App } from './view/app.js';

const page = document.getElementById('page');
if (page) {
  createRoot(page).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
