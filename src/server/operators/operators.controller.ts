import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { RecentSignIn, Roles } from '../../shared-session/index.js';
import type { NodeReport } from './node-report.js';
import {
  type AdminAccount,
  type AdminSession,
  AccountSearch,
  RolesChange,
} from './operators.contract.js';
import { OperatorsService } from './operators.service.js';

/** For administrators who proved of late that they are: an unlocked screen must not be enough. */
@Controller('admin')
@RecentSignIn(15)
@Roles('admin')
export class OperatorsController {
  constructor(private readonly operators: OperatorsService) {}

  @Post('accounts/find')
  @HttpCode(200)
  find(@Body({ schema: AccountSearch }) { email }: AccountSearch): Promise<AdminAccount> {
    return this.operators.find(email);
  }

  @Get('accounts/:id/sessions')
  sessions(@Param('id') id: string): Promise<AdminSession[]> {
    return this.operators.sessionsOf(id);
  }

  @Delete('accounts/:id/sessions')
  @HttpCode(204)
  endAll(@Param('id') id: string): Promise<void> {
    return this.operators.endAll(id);
  }

  @Delete('accounts/:id/sessions/:handle')
  @HttpCode(204)
  end(@Param('id') id: string, @Param('handle') handle: string): Promise<void> {
    return this.operators.end(id, handle);
  }

  @Post('accounts/:id/suspension')
  @HttpCode(204)
  suspend(@Param('id') id: string): Promise<void> {
    return this.operators.suspend(id);
  }

  @Delete('accounts/:id/suspension')
  @HttpCode(204)
  resume(@Param('id') id: string): Promise<void> {
    return this.operators.resume(id);
  }

  @Post('accounts/:id/roles')
  @HttpCode(204)
  setRoles(
    @Param('id') id: string,
    @Body({ schema: RolesChange }) { roles }: RolesChange,
  ): Promise<void> {
    return this.operators.setRoles(id, roles);
  }

  @Get('nodes')
  nodes(): Promise<NodeReport[]> {
    return this.operators.nodes();
  }
}
