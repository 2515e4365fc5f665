/** Stands for a file that only some people may see. */
export const picture = (): Response =>
  new Response('<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>', {
    headers: { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'private, no-store' },
  })
