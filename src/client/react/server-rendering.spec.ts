import { describe, expect, it, jest } from '@jest/globals';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { connectSession, SyncedState } from '../index.js';
import {
  SessionProvider,
  useConnection,
  useExpiry,
  useLive,
  useSession,
  useSynced,
} from './index.js';

describe('the React hooks on a server', () => {
  it('render the beginning of a page, and begin nothing', () => {
    jest.useFakeTimers();
    const session = connectSession();
    const counter = new SyncedState(session, {
      name: 'counter',
      withChange: (state) => state,
      withOperation: (state) => state,
    });
    function View() {
      const [{ user }, { status }, { expiring }] = [useSession(), useConnection(), useExpiry()];
      const { state, pending } = useSynced(counter);
      useLive('shipped', () => undefined);
      return createElement('p', null, JSON.stringify([user, status, expiring, state, pending]));
    }

    const page = renderToString(createElement(SessionProvider, { session }, createElement(View)));

    expect(page.replaceAll('&quot;', '"')).toBe('<p>[null,"connecting",null,null,0]</p>');
    expect(session.socket.hasListeners('shipped')).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
