import { useCallback, useEffect, useState } from 'react';
import { useConnection, useLive, useSession } from 'nestjs-shared-session-client/react';
import { api, type Device } from '../api.js';
import { formatTime, shortAgent } from '../format.js';
import { attempt } from '../live.js';
import { TEXT } from '../text.js';

/** Where the user is signed in. Guests have no list. */
export function Devices() {
  const { user } = useSession();
  const { status } = useConnection();
  const userId = status === 'live' ? user?.id : undefined;
  const [devices, setDevices] = useState<readonly Device[]>([]);

  const fetchDevices = useCallback(async () => {
    await attempt(async () => setDevices(await api.devices()));
  }, []);
  useEffect(() => {
    if (userId !== undefined) void fetchDevices();
  }, [userId, fetchDevices]);
  useLive('devices:changed', () => {
    if (userId !== undefined) void fetchDevices();
  });

  if (userId === undefined) return null;
  return (
    <section className="card devices" aria-labelledby="devices-title">
      <div className="row spread">
        <h2 id="devices-title">{TEXT.devices}</h2>
        <button
          className="quiet"
          disabled={devices.length < 2}
          onClick={() => void attempt(api.endOtherDevices).then(fetchDevices)}
        >
          {TEXT.endOthers}
        </button>
      </div>
      <ul className="lines">
        {devices.map((device) => (
          <DeviceLine key={device.handle} device={device} onEnded={() => void fetchDevices()} />
        ))}
      </ul>
    </section>
  );
}

function DeviceLine({ device, onEnded }: { device: Device; onEnded: () => void }) {
  const { handle, current, ip, userAgent, lastSeenAt, sockets } = device;
  const name = TEXT.device(shortAgent(userAgent));
  return (
    <li className="line">
      <div className="line-name">
        <strong>
          {name} {current && <span className="badge">{TEXT.thisDevice}</span>}
        </strong>
        <span className="hint">
          {[ip, TEXT.sockets(sockets), TEXT.lastSeen(formatTime(lastSeenAt))].join(' · ')}
        </span>
      </div>
      {!current && (
        <button
          className="quiet"
          aria-label={TEXT.endDeviceLabel(name)}
          onClick={() => void attempt(() => api.endDevice(handle)).then(onEnded)}
        >
          {TEXT.endDevice}
        </button>
      )}
    </li>
  );
}
