import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Controls } from './controls.js';
import { WORLDS } from './room-events.js';
import { Scoreboard } from './scoreboard.js';
import { Story } from './story.js';
import { useRoom } from './use-room.js';
import { WorldView } from './world-view.js';

const page = document.getElementById('page');
if (page) {
  createRoot(page).render(
    <StrictMode>
      <RoomPage />
    </StrictMode>,
  );
}

function RoomPage() {
  const { picture, now, staleMs } = useRoom();
  const { worlds, lines } = picture;
  return (
    <main>
      <header>
        <h1>Control room</h1>
        <p className="about">
          Two worlds, one set of controls. Each dot is a socket that a node says it has, when it is
          asked; each colour is a session.
        </p>
      </header>
      <p className="age" role="status">
        {staleMs !== null &&
          `Nothing is heard. This picture is ${String(Math.round(staleMs / 1000))} s old.`}
      </p>
      <Controls />
      <div className="worlds" data-stale={staleMs !== null || undefined}>
        {worlds
          ? WORLDS.map((name) => (
              <WorldView key={name} name={name} world={worlds[name]} lines={lines} now={now} />
            ))
          : 'Waiting for the first picture.'}
      </div>
      <Story lines={lines} />
      <Scoreboard />
    </main>
  );
}
