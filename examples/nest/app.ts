import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { CurrentAuth, guard } from 'latchkey/nest'
import type { Authenticated } from 'latchkey'
import { auth } from './auth.ts'

@Controller('me')
@UseGuards(guard(auth))
export class MeController {
  @Get()
  greet(@CurrentAuth() current: Authenticated): object {
    return { hello: current.identity }
  }
}

@Module({ controllers: [MeController] })
export class AppModule {}
