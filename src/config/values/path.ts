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

/** The path of a file or folder that does not depend on who runs the hub. */
export function absolutePath() {
  return z
    .string()
    .max(4096)
    .regex(/^\/[^\0]*$/, { error: 'must be an absolute path' })
}
