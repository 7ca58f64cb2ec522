import { Injectable } from '@nestjs/common';
import { SessionsAdmin, SocketEmitter } from 'nestjs-shared-session';

/** What the queue holds, as JSON. */
export type Job =
  | { readonly type: 'shipped'; readonly user: string; readonly order: number }
  | { readonly type: 'suspended'; readonly user: string };

@Injectable()
export class JobHandler {
  constructor(
    private readonly emitter: SocketEmitter,
    private readonly sessions: SessionsAdmin,
  ) {}

  /** Rejects while Redis is away: nobody was told then, or nobody knows. */
  async handle(job: Job): Promise<void> {
    const user = { kind: 'user', id: job.user } as const;
    if (job.type === 'suspended') return this.sessions.endAll(user);
    await this.emitter.toPrincipal(user).emit('order:shipped', { order: job.order });
  }
}
