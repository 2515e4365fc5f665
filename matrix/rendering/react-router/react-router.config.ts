import type { Config } from '@react-router/dev/config'

// With React Router 8, middleware needs no flag.
export default { future: { v8_middleware: true } } satisfies Config
