export default defineEventHandler(async (event) => {
  const page = `/orders/${getRouterParam(event, 'id')}`
  const user = await requireUser(event, page)
  if (user === undefined) return
  const form = await readFormData(event)
  const saved = `${form.get('note')}, of ${user}`
  await sendRedirect(event, `${page}?saved=${encodeURIComponent(saved)}`, 303)
})
