import 'reflect-metadata';
import { stopAll } from '../support/cleanup.js';
import { Room } from './room.js';
import { RoomServer } from './room-server.js';
import { Scoreboard } from './scoreboard.js';

const print = (address: string): void => {
  console.log(`Open ${address} (it is good once)`);
};

async function stop(): Promise<void> {
  await stopAll();
  process.exit();
}

process.once('SIGINT', () => void stop()).once('SIGTERM', () => void stop());
try {
  const server = await RoomServer.start(await Room.start(), new Scoreboard(), (next) => {
    console.log('It has been opened. For another browser:');
    print(next);
  });
  print(server.address);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
  await stop();
}
