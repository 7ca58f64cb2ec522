/** Injects the prefix of every Redis key and channel. */
export const APP_PREFIX = Symbol('Redis prefix');
/** Injects the node's name. */
export const NODE_NAME = Symbol('node name');
