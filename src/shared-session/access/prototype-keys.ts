const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype'];

/**
 * Takes out of a payload, at every depth, what would change a prototype where an application copies it into an
 * object of its own: JSON can hold a `__proto__`. A payload of any depth, or with cycles, is gone through once.
 */
export function stripPrototypeKeys(payload: unknown): void {
  const found = new Set([payload]);
  // What is added meanwhile is visited too.
  for (const value of found) {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue;
    for (const key of PROTOTYPE_KEYS) Reflect.deleteProperty(value, key);
    for (const inner of Object.values(value)) found.add(inner);
  }
}
