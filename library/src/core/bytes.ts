/**
 * Returns true for bytes. Not by `instanceof`: test environments such as jsdom have a `Uint8Array`
 * of their own beside that of Node.
 */
export const isBytes = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
