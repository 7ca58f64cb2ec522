export type { RedisLink } from './redis-link.js';
export { type ModuleMaker, type NodesOptions, startNodes, type TestNodes } from './start-nodes.js';
export type { TestNode } from './test-node.js';
export type { TestSocket } from './test-socket.js';
export { type Answer, type Establish, Visitor } from './visitor.js';
