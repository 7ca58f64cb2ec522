import { TestEnvironment } from 'jest-environment-node';

// With nothing left to wait for, Node takes a worker's many module graphs down one by one before it
// ends. That can outlast the 500 ms that Jest allows, and it would report a leak where there is none.
// One that is real keeps the process from coming here.
if (process.send) process.once('beforeExit', () => process.exit());

export default TestEnvironment;
