import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Sessions } from '../../src/shared-session/index.js';
import { SessionLinks } from '../../src/shared-session/links/session-links.js';
import { startPlainApp } from '../support/plain-app.js';
import { IDLE_SECONDS, type Place, type RoomUser, type ServedNode } from './served-node.js';

const userOf = (data: unknown) => data as { user?: RoomUser };

@Controller()
class RoomController {
  constructor(private readonly sessions: Sessions) {}

  @Post('sign-in')
  signIn(@Req() request: Request, @Body() user: RoomUser, @Res() response: Response): void {
    request.session.regenerate((error: unknown) => {
      if (error) return void response.status(500).end();
      userOf(request.session).user = user;
      response.status(200).end();
    });
  }

  @Post('role')
  async role(@Body() { id, roles }: RoomUser): Promise<void> {
    await this.sessions.updateAll({ kind: 'user', id }, (data) => {
      userOf(data).user = { id, roles };
    });
  }

  @Post('logout-everywhere')
  async logoutEverywhere(@Req() request: Request): Promise<void> {
    const { user } = userOf(request.session);
    if (user) await this.sessions.endAll({ kind: 'user', id: user.id });
  }
}

/** The same plain application as `npm run torture` has it, with routes for two users and their roles. */
export async function serveLibrary({ redisUrl, prefix, name }: Place): Promise<ServedNode> {
  const { url, app } = await startPlainApp(
    redisUrl,
    { prefix, nodeName: name, idleSeconds: IDLE_SECONDS },
    [RoomController],
  );
  const links = app.get(SessionLinks, { strict: false });
  return {
    url,
    sockets: () =>
      links.all().flatMap(({ handle, sockets, session }) =>
        [...sockets].map(({ id }) => ({
          id,
          handle,
          user: session?.user ? String(session.user.id) : null,
          role: session?.user?.roles?.[0] ?? null,
        })),
      ),
    say() {
      for (const { session, sockets } of links.all()) {
        if (session?.user) for (const socket of sockets) socket.emit('news');
      }
    },
  };
}
