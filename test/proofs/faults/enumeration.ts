import type { Step } from './command-watch.js';
import type { Lane } from './lane.js';
import type { Operation } from './operation.js';
import { Scene } from './scene.js';

/** The commands that an operation sends when nothing goes wrong. */
export async function stepsOf(lane: Lane, operation: Operation): Promise<Step[]> {
  // A sweep may come in between: what both times have in common is the operation's own.
  const [first, second] = [await once(lane, operation), await once(lane, operation)];
  const isCommon = ({ name, occurrence }: Step): boolean =>
    second.some((other) => other.name === name && other.occurrence === occurrence);
  return first.filter(isCommon);
}

async function once(lane: Lane, operation: Operation): Promise<Step[]> {
  const scene = new Scene(lane);
  await scene.begin();
  await operation.prepare(scene);
  await lane.watch.begin();
  const { kind, detail } = await operation.act(scene);
  if (kind !== 'done') throw new Error(`${operation.name} fails by itself: ${detail}`);
  const steps = await lane.watch.steps();
  scene.see(scene.actor);
  for (const { client } of scene.sockets) client.disconnect();
  lane.disregard(scene.ids());
  return steps;
}
