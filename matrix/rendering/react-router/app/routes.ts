import { route, type RouteConfig } from '@react-router/dev/routes'

export default [
  route('auth/*', 'routes/auth.ts'),
  route('sign-in', 'routes/sign-in.tsx'),
  route('renew', 'routes/renew.tsx'),
  route('orders/:id', 'routes/order.tsx'),
  route('files/:name', 'routes/file.ts'),
] satisfies RouteConfig
