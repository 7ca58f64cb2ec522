// Loaded before a node: its clock is wrong by CLOCK_SHIFT_MS. What the system counts from its start, no clock changes.
const shiftMs = Number(process.env['CLOCK_SHIFT_MS']);

const RightDate = Date;
globalThis.Date = new Proxy(RightDate, {
  construct: (target, args: unknown[]) =>
    Reflect.construct(target, args.length > 0 ? args : [target.now() + shiftMs]) as Date,
  apply: (target) => new target(target.now() + shiftMs).toString(),
  get: (target, name): unknown =>
    name === 'now' ? () => target.now() + shiftMs : Reflect.get(target, name, target),
});
