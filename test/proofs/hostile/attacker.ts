import { ATTACKS } from './attacks.js';

// A process of its own: what the attacker does must not show in what the proof measures.
const [, , name = '', near = '', far = '', from = ''] = process.argv;
process.once('disconnect', () => process.exit());
await ATTACKS[name]?.({ near, far, from });
