/** For pages that need somebody: `definePageMeta({ middleware: 'user' })`. */
export default defineNuxtRouteMiddleware(() => {
  const event = useRequestEvent()
  const { visitor, wayIn } = event?.context ?? {}
  if (visitor?.ok) useUser().value = visitor.identity
  else if (event) return navigateTo(wayIn, { redirectCode: 303 })
})
