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
import { SECRET } from '../../jwt/tokens.ts'
import { BODY, auth } from './auth.ts'

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

class Routes {
  bare(): object {
    return BODY
  }
  latchkey(): object {
    return BODY
  }
  nestJwt(): object {
    return BODY
  }
}

/** Applies the decorators by hand, because Node does not compile them. */
function route(
  name: 'bare' | 'latchkey' | 'nestJwt',
  path: string,
  ...guards: Parameters<typeof UseGuards>
): void {
  const method = Object.getOwnPropertyDescriptor(Routes.prototype, name)!
  Get(path)(Routes.prototype, name, method)
  if (guards.length > 0) UseGuards(...guards)(Routes.prototype, name, method)
}

route('bare', 'bare')
route('latchkey', 'latchkey', guard(auth))
route('nestJwt', 'nest-jwt', NestJwt)
Controller()(Routes)

class App {
  readonly name = 'the app'
}
Module({ controllers: [Routes], providers: [NestJwt] })(App)

export async function start(): Promise<number> {
  const app = await NestFactory.create(App, { logger: false })
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}
