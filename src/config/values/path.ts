import { z } from 'zod'

const PATH_FORM = 'must be an absolute path, or one that begins with ~/'
const anyPath = z
  .string({ error: PATH_FORM })
  .max(4096)
  .regex(/^(\/|~\/)[^\0]*$/, { error: PATH_FORM })
  .meta({ kind: 'path' })

/** The path of a file or folder: absolute, or beginning with `~/` for the home folder. */
export function path() {
  return anyPath
}

const NAME = '[A-Za-z0-9._-]{1,255}'
/** A value that says where it is read, in place of the value itself: `file:/path`, `credential:name`. */
export const SECRET_PLACE = `file:(/|~/)[^\\0\\s]*|credential:${NAME}`

const SECRET_FORM = 'must be an absolute path, one that begins with ~/, or credential:name'
const anySecretFile = z
  .string({ error: SECRET_FORM })
  .max(4096)
  .regex(new RegExp(`^((/|~/)[^\\0]*|credential:${NAME})$`), { error: SECRET_FORM })
  .meta({ kind: 'path', secretFile: true })

/** Where a secret is read: a file, or a credential of systemd by its name. */
export function secretFile() {
  return anySecretFile
}

const anyAbsolutePath = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/, { error: 'must be an absolute path' })
  .meta({ kind: 'path' })

/** The path of a file or folder that does not depend on who runs the hub. */
export function absolutePath() {
  return anyAbsolutePath
}
