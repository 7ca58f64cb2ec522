import type { Outcome } from './attempt.js';
import { attemptEvent } from './attempt.js';
import type { Operation } from './operation.js';
import { operation } from '../../support/visitor.js';
import type { Scene } from './scene.js';
import type { Violation } from './violation.js';

/** What the actor had before an attempt. */
export interface Before {
  readonly cookie: string;
  readonly isUser: boolean;
  readonly principalId: string | undefined;
}

export async function lookBefore(scene: Scene): Promise<Before> {
  const { cookie } = scene.actor;
  const who = cookie === '' ? null : await scene.who(cookie);
  const principalId = who?.principal.id;
  return { cookie, isUser: principalId === scene.user.id, principalId };
}

/** Holds what the actor was told against what is so. */
export async function checkOutcome(
  scene: Scene,
  done: Operation,
  before: Before,
  outcome: Outcome,
): Promise<Violation[]> {
  scene.see(scene.actor);
  if (outcome.kind === 'done') return checkSuccess(scene, done, before);
  if (outcome.kind === 'refused') return checkRefusal(scene, done, before, outcome);
  return [];
}

async function checkSuccess(
  scene: Scene,
  { holds, ends, replaces, signsIn }: Operation,
  before: Before,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  if (signsIn && !(await scene.isUser(scene.actor.cookie))) {
    violations.push({ kind: 'success that was none', detail: 'nobody is signed in' });
  }
  if (holds && !(await holds(scene))) {
    violations.push({ kind: 'success that was none', detail: 'nothing is as it was told' });
  }
  for (const cookie of replaces?.(scene, before.cookie) ?? []) scene.ended.add(cookie);
  for (const cookie of ends?.(scene, before.cookie) ?? []) {
    scene.ended.add(cookie);
    violations.push(...(await checkEnded(scene, cookie)));
  }
  return violations;
}

/** After its end was acknowledged, a session answers nothing and commits nothing. */
export async function checkEnded(scene: Scene, cookie: string): Promise<Violation[]> {
  const violations: Violation[] = [];
  if (await scene.who(cookie)) {
    violations.push({ kind: 'ended session lives', detail: 'its cookie is good' });
  }
  for (const socket of scene.sockets.filter((each) => each.cookie === cookie)) {
    if (!socket.client.connected) continue;
    const { kind } = await attemptEvent(socket.client, 'cart:apply', operation('add', 'scale', 1));
    if (kind === 'done') violations.push({ kind: 'commit after the end', detail: 'cart:apply' });
  }
  return violations;
}

async function checkRefusal(
  scene: Scene,
  { signsIn, keepsPrevious }: Operation,
  before: Before,
  { detail }: Outcome,
): Promise<Violation[]> {
  if (!signsIn) return [];
  const { cookie } = scene.actor;
  const violations: Violation[] = [];
  if (!before.isUser && cookie !== before.cookie && (await scene.isUser(cookie))) {
    violations.push({ kind: 'signed in, told no', detail: `${detail} with a cookie that is good` });
  }
  if (keepsPrevious && !(await isAsBefore(scene, before))) {
    violations.push({ kind: 'guest lost', detail: `${detail}, and its session is gone` });
  }
  return violations;
}

/** Whether the actor's browser still is the guest that it was. */
async function isAsBefore(scene: Scene, before: Before): Promise<boolean> {
  const now = await scene.who(scene.actor.cookie);
  return now?.principal.id === before.principalId;
}
