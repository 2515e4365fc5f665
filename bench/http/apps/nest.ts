import 'reflect-metadata'
import {
  Controller,
  Get,
  Module,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { JwtService } from '@nestjs/jwt'
import { guard } from 'latchkey/nest'
import { SECRET } from '../../jwt/auths.ts'
import { ANSWER, auth } from './auth.ts'

/** The guard from Nest's documentation on authentication. */
class NestJwt implements CanActivate {
  readonly #jwt = new JwtService({ secret: SECRET })

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context
      .switchToHttp()
      .getRequest<{ headers: { authorization?: string }; user?: unknown }>()
    const [type, token] = request.headers.authorization?.split(' ') ?? []
    if (type !== 'Bearer' || token === undefined) throw new UnauthorizedException()
    try {
      request.user = await this.#jwt.verifyAsync(token)
    } catch {
      throw new UnauthorizedException()
    }
    return true
  }
}

class Answers {
  answer(): object {
    return ANSWER
  }
  latchkey(): object {
    return ANSWER
  }
  nestJwt(): object {
    return ANSWER
  }
}

/** Does what decorators would, which Node does not compile. */
function route(
  name: 'answer' | 'latchkey' | 'nestJwt',
  path: string,
  ...guards: Parameters<typeof UseGuards>
): void {
  const method = Object.getOwnPropertyDescriptor(Answers.prototype, name)!
  Get(path)(Answers.prototype, name, method)
  if (guards.length > 0) UseGuards(...guards)(Answers.prototype, name, method)
}

route('answer', 'bare')
route('latchkey', 'latchkey', guard(auth))
route('nestJwt', 'nest-jwt', NestJwt)
Controller()(Answers)

class App {
  readonly name = 'the app'
}
Module({ controllers: [Answers], providers: [NestJwt] })(App)

export async function start(): Promise<number> {
  const app = await NestFactory.create(App, { logger: false })
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}
