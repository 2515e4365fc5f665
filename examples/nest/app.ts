import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { guard, CurrentAuth } from 'latchkey/nest'
import type { Authenticated } from 'latchkey'
import { auth } from './auth.ts'

@Controller('me')
@UseGuards(guard(auth))
export class MeController {
  @Get()
  greet(@CurrentAuth() who: Authenticated): object {
    return { hello: who.identity }
  }
}

@Module({ controllers: [MeController] })
export class AppModule {}
