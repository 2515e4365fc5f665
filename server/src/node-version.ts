/** The oldest version of Node that this program supports. */
const OLDEST = [22, 13] as const

/** Returns what to say in a Node that is too old, or null. `version` is such as `22.13.0`. */
export function oldNodeMessage(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return null
  return `this program needs Node ${OLDEST.join('.')} or later. This is Node ${version}.`
}
