import 'reflect-metadata'
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Post,
  Req,
  Res,
  UseGuards,
  type INestApplication,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { Request, Response } from 'express'
import { describe, test } from 'vitest'
import type { Anonymous, SessionAuth, Authenticated } from 'latchkey'
import { getAuth, guard, routes, sendTokens, signIn, CurrentAuth } from 'latchkey/nest'
import { httpContract, type HttpContract } from 'latchkey/testing'
import { failLater, messageOf, PAGE_ORIGIN } from './host.ts'

function appWith(auth: SessionAuth): Type {
  @Controller()
  class ContractController {
    @Post('tokens')
    async tokens(@Res() response: Response | { raw: Response }): Promise<void> {
      sendTokens(auth, 'raw' in response ? response.raw : response, await auth.signIn('ada'))
    }
    @Post('sign-in')
    async signIn(@Req() request: Request, @Res() response: Response): Promise<void> {
      await signIn(auth, request, response, 'ada')
    }
    @Get('private')
    @UseGuards(guard(auth))
    read(@CurrentAuth() { identity }: Authenticated): object {
      return { identity }
    }
    @Post('private')
    @HttpCode(200)
    @UseGuards(guard(auth))
    write(@CurrentAuth() { identity }: Authenticated): object {
      return { identity }
    }
    @Get('fresh')
    @UseGuards(guard(auth, { fresh: true }))
    fresh(@Req() request: Request): object {
      return { identity: getAuth(request).identity }
    }
    @Get('recent')
    @UseGuards(guard(auth, { maxAge: 300 }))
    recent(@CurrentAuth() { identity }: Authenticated): object {
      return { identity }
    }
    @Get('optional')
    @UseGuards(guard(auth, { optional: true }))
    optional(@CurrentAuth({ optional: true }) { identity }: Authenticated | Anonymous): object {
      return { identity }
    }
    @Get('guarded-twice')
    @UseGuards(guard(auth), guard(auth))
    guardedTwice(@CurrentAuth() { identity }: Authenticated): object {
      return { identity }
    }
    @Post('json')
    @HttpCode(200)
    @UseGuards(guard(auth, { locations: ['json'] }))
    json(@CurrentAuth() { identity }: Authenticated, @Body() body?: { note?: string }): object {
      return { identity, note: body?.note }
    }
    @Get('json')
    @UseGuards(guard(auth, { locations: ['json'] }))
    getJson(@CurrentAuth() { identity }: Authenticated): object {
      return { identity }
    }
    @Get('unguarded')
    unguarded(@Req() request: Request): object {
      return messageOf(() => getAuth(request))
    }
    @Get('throws')
    @UseGuards(guard(auth))
    throws(): Promise<never> {
      return failLater()
    }
    @Post('echo')
    @HttpCode(200)
    @UseGuards(guard(auth))
    echo(
      @Req() request: Request | { raw: Request },
      @Res() response: Response | { raw: Response },
    ): void {
      const [from, to] = [
        'raw' in request ? request.raw : request,
        'raw' in response ? response.raw : response,
      ]
      from.pipe(to)
    }
  }
  @Module({ controllers: [ContractController] })
  class App {}
  return App
}

const SETTINGS = { logger: false, forceCloseConnections: true } as const

const start =
  (create: (module: Type) => Promise<INestApplication>): HttpContract['start'] =>
  async (auth, options) => {
    const app = await create(appWith(auth))
    app.enableCors({ origin: [PAGE_ORIGIN] })
    app.use(routes(auth, options))
    await app.listen(0, '127.0.0.1')
    return { origin: await app.getUrl(), close: () => app.close() }
  }

const onExpress = (module: Type): Promise<INestApplication> => NestFactory.create(module, SETTINGS)

async function onFastify(module: Type): Promise<INestApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    new FastifyAdapter(),
    SETTINGS,
  )
  for (const type of ['application/octet-stream', 'multipart/form-data'])
    app
      .getHttpAdapter()
      .getInstance()
      .addContentTypeParser(type, (_request, payload, done) => done(null, payload))
  return app
}

describe('Nest on Express', () => httpContract({ test, start: start(onExpress) }))
describe('Nest on Fastify', () => httpContract({ test, start: start(onFastify) }))
