declare module '*.vue' {
  import type { Component } from 'vue'

  const component: Component
  export default component
}

declare module '*.svelte' {
  import type { Component } from 'svelte'
  import type { Client } from 'latchkey/client'

  const component: Component<{ client: Client }>
  export default component
}
