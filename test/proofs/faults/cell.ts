import { setTimeout as pause } from 'node:timers/promises';
import type { Outcome } from './attempt.js';
import { type Before, checkOutcome, lookBefore } from './checks-at-once.js';
import { signOutEverywhere } from './checks-in-the-end.js';
import type { Fault } from './command-proxy.js';
import type { Step } from './command-watch.js';
import type { Lane } from './lane.js';
import type { Operation } from './operation.js';
import { Scene } from './scene.js';
import type { Violation } from './violation.js';

/** What the user does after it went wrong. */
export const SEQUELS = ['nothing', 'everywhere', 'retry'] as const;
export type Sequel = (typeof SEQUELS)[number];

/** One command of one operation, and what goes wrong with it; nothing, for comparison. */
export interface Cell {
  readonly operation: Operation;
  /** Which command it is, from 1; 0 if nothing goes wrong. */
  readonly number: number;
  readonly step?: Step;
  readonly fault?: Fault;
  readonly sequel: Sequel;
}

/** A cell that was played, and is to be looked at once more after a sweep. */
export interface Played {
  readonly cell: Cell;
  readonly scene: Scene;
  readonly outcome: Outcome;
  readonly violations: Violation[];
}

/** Longer than a client waits for a reply. */
const DELAY_MS = 1800;
/** A sweep may come in between, and ask first what the operation asks. */
const MOST_TRIES = 4;

/** As in `sign-in/3/cut-after/retry`. */
export function nameOfCell({ operation, number, fault, sequel }: Cell): string {
  return [operation.name, number, fault ?? 'none', sequel].join('/');
}

/** Plays a cell: until its command came, as it does when nothing else asks Redis at that moment. */
export async function play(lane: Lane, cell: Cell): Promise<Played> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const scene = new Scene(lane);
    await scene.begin();
    await cell.operation.prepare(scene);
    const before = await lookBefore(scene);
    const played = await strike(lane, cell, scene);
    if (played) return settle(played, before);
    lane.disregard(scene.ids());
  }
  throw new Error(`${nameOfCell(cell)}: the command did not come.`);
}

/** Does the operation while its command goes wrong; undefined if that command did not come. */
async function strike(lane: Lane, cell: Cell, scene: Scene): Promise<Played | undefined> {
  const { watch } = lane;
  const { operation, step, fault } = cell;
  if (step && fault) {
    if (fault === 'kill') lane.prepareSpare();
    await watch.strike(step, fault, () => {
      if (fault === 'kill') lane.kill();
    });
  }
  const acting = operation.act(scene);
  if (fault === 'delay') await pause(DELAY_MS);
  const outcome = await acting;
  const hasStruck = !fault || (await watch.hasStruck());
  const violations: Violation[] = [];
  const detail = lane.complaint();
  if (detail !== undefined) violations.push({ kind: 'process ended', detail });
  await lane.restore();
  return hasStruck ? { cell, scene, outcome, violations } : undefined;
}

/** Holds what the user was told against what is so, and does what the user does next. */
async function settle(played: Played, before: Before): Promise<Played> {
  const { cell, scene, outcome, violations } = played;
  const { operation, sequel, fault } = cell;
  violations.push(...(await checkOutcome(scene, operation, before, outcome)));
  if (outcome.kind === 'unanswered' && fault !== 'kill') {
    violations.push({ kind: 'no answer', detail: outcome.detail });
  }
  const isToldNo = outcome.kind === 'refused' && operation.signsIn && !before.isUser;
  if (isToldNo && sequel !== 'retry' && before.cookie) scene.toldNo.add(before.cookie);
  if (sequel === 'retry' && outcome.kind !== 'done') violations.push(...(await retry(cell, scene)));
  if (sequel === 'everywhere') violations.push(...(await endEverywhere(scene)));
  scene.lane.disregard(scene.ids());
  return played;
}

async function endEverywhere(scene: Scene): Promise<Violation[]> {
  const isSignedIn = await scene.isUser(scene.inspector.cookie);
  const device = isSignedIn ? scene.inspector : await scene.newDevice();
  return signOutEverywhere(scene, device);
}

/** The user tries again: nothing goes wrong this time, so it must not fail for want of Redis. */
async function retry({ operation }: Cell, scene: Scene): Promise<Violation[]> {
  const before = await lookBefore(scene);
  const outcome = await operation.act(scene);
  const violations = await checkOutcome(scene, operation, before, outcome);
  const isServerError = /^5|UNAVAILABLE|INTERNAL/.test(outcome.detail);
  if (outcome.kind === 'unanswered' || isServerError) {
    violations.push({ kind: 'retry failed', detail: outcome.detail });
  }
  return violations;
}
