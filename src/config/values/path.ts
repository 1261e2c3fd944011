import { z } from 'zod'

/** The path of a file or folder: absolute, or beginning with `~/` for the home folder. */
export function path() {
  const error = 'must be an absolute path, or one that begins with ~/'
  return z
    .string({ error })
    .max(4096)
    .regex(/^(\/|~\/)[^\0]*$/, { error })
    .meta({ kind: 'path' })
}

const NAME = '[A-Za-z0-9._-]{1,255}'
/** A value that says where it is read, in place of the value itself: `file:/path`, `credential:name`. */
export const SECRET_PLACE = `file:(/|~/)[^\\0\\s]*|credential:${NAME}`

/** Where a secret is read: a file, or a credential of systemd by its name. */
export function secretFile() {
  const error = 'must be an absolute path, one that begins with ~/, or credential:name'
  return z
    .string({ error })
    .max(4096)
    .regex(new RegExp(`^((/|~/)[^\\0]*|credential:${NAME})$`), { error })
    .meta({ kind: 'path', secretFile: true })
}

/** The path of a file or folder that does not depend on who runs the hub. */
export function absolutePath() {
  return z
    .string()
    .max(4096)
    .regex(/^\/[^\0]*$/, { error: 'must be an absolute path' })
    .meta({ kind: 'path' })
}
