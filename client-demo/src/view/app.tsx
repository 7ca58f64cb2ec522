import { useSynced } from 'nestjs-shared-session-client/react';
import { problem } from '../live.js';
import { Account } from './account.js';
import { Cart } from './cart.js';
import { Catalog } from './catalog.js';
import { Devices } from './devices.js';
import { ExpiryDialog } from './expiry-dialog.js';
import { Masthead } from './masthead.js';
import { SessionPanel } from './session-panel.js';
import { Timeline } from './timeline-view.js';

export function App() {
  return (
    <>
      <Masthead />
      <main className="shop">
        <div className="side">
          <Account />
          <Cart />
          <Timeline />
        </div>
        <Catalog />
        <div className="more">
          <SessionPanel />
          <Devices />
        </div>
      </main>
      <ExpiryDialog />
      <p className="problem" role="alert">
        {useSynced(problem)}
      </p>
    </>
  );
}
