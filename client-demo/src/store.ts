import { Observable } from '../../src/client/observable.js';

/** A value that views can follow, by `useSynced()`. */
export class Store<Value> extends Observable<Value> {
  set(value: Value): void {
    this.replace(value);
  }
}
