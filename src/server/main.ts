import 'reflect-metadata';
import { SharedSessionConfigError } from '../shared-session/index.js';
import { AppModule } from './app.module.js';
import { EnvironmentError, readEnvironment } from './config/environment.js';
import { startServer } from './start-server.js';

try {
  const environment = readEnvironment(process.env);
  await startServer(AppModule.forRoot(environment), environment);
} catch (error) {
  const isPlain = error instanceof EnvironmentError || error instanceof SharedSessionConfigError;
  console.error(isPlain ? error.message : error);
  process.exit(1);
}
