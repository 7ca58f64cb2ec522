import { useSyncExternalStore } from 'react';
import { Observable } from '../../src/client/observable.js';

/** A value that views can follow. */
export class Store<Value> extends Observable<Value> {
  set(value: Value): void {
    this.replace(value);
  }
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.getSnapshot);
}
