import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import { routes } from 'latchkey/nest'
import { isPasswordOf } from '../quickstart/users.ts'
import { AppModule } from './app.ts'
import { auth } from './auth.ts'

const app = await NestFactory.create(AppModule, { logger: ['error'] })
app.use(
  routes(auth, {
    signIn: ({ username, password }) =>
      isPasswordOf(username, password) ? String(username) : null,
  }),
)
const server = await app.listen(process.env.PORT ?? 3000)
console.log(`http://localhost:${server.address().port}`)
