/** The same object, some of whose methods are replaced for those who hold this view of it. */
export function withOverrides<T extends object>(
  target: T,
  overrides: Readonly<Record<string, unknown>>,
): T {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(overrides, name)) return overrides[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
