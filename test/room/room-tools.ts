import { ADA, type RoomWorld } from './room-world.js';

/** A button of the room. What it does is the same in both worlds. */
export interface RoomTool {
  readonly name: string;
  readonly label: string;
  /** What it shows, in a line. */
  readonly shows: string;
  readonly use: (world: RoomWorld) => Promise<void>;
}

const PHONE = 'Ada’s phone';

export const TOOLS: readonly RoomTool[] = [
  {
    name: 'logout',
    label: 'Log out',
    shows: 'Ada logs out in her laptop. Do the tabs on both nodes go?',
    use: ({ ada }) => ada.post('/logout'),
  },
  {
    name: 'logout-everywhere',
    label: 'Log out everywhere',
    shows: 'Every session of Ada’s is ended. Do the tabs on both nodes go?',
    use: ({ ada }) => ada.post('/logout-everywhere'),
  },
  {
    name: 'role',
    label: 'Change Ada’s role',
    shows: 'Ada is no editor any more. Do her open tabs know?',
    use: ({ ada }) => ada.post('/role', { ...ADA, roles: ['reader'] }),
  },
  {
    name: 'second-device',
    label: 'Sign in on a phone',
    shows: 'Ada signs in from a second device: another session of the same user.',
    async use(world) {
      const phones = world.browsers.filter(({ name }) => name.startsWith(PHONE)).length;
      await world.open(phones === 0 ? PHONE : `${PHONE} ${String(phones + 1)}`, ADA);
    },
  },
  {
    name: 'delete-record',
    label: 'Delete Ada’s record',
    shows: 'Her session is deleted in Redis, behind everybody’s back. Who finds it, within 10 s?',
    use: ({ redis, ada }) => redis.delete(ada.sid),
  },
  {
    name: 'kill-node',
    label: 'Kill node b, start it again',
    shows: 'Tabs lose their node and come back. As whom?',
    async use({ nodes: [, b] }) {
      await b.kill();
      await b.run();
    },
  },
  {
    name: 'freeze-node',
    label: 'Freeze node b, or thaw it',
    shows: 'The process stands still. What happened meanwhile, does it know afterwards?',
    use({ nodes: [, b] }) {
      b.toggle();
      return Promise.resolve();
    },
  },
  {
    name: 'start-over',
    label: 'Start over',
    shows: 'New browsers, everybody signed in.',
    use: (world) => world.startOver(),
  },
];
