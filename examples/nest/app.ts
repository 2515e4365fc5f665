import { Controller, Get, Module, UseGuards } from '@nestjs/common'
import { guard, Who } from 'latchkey/nest'
import type { Authenticated } from 'latchkey'
import { auth } from './auth.ts'

@Controller('me')
@UseGuards(guard(auth))
export class MeController {
  @Get()
  greet(@Who() who: Authenticated): object {
    return { hello: who.identity }
  }
}

@Module({ controllers: [MeController] })
export class AppModule {}
