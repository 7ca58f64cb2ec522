/** Injects the prefix of every Redis key and channel. */
export const APP_PREFIX = Symbol('Redis prefix');
