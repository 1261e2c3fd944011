import type { Runtime } from '../../event/runtime.js'
import { sinkSecret } from '../secret-file.js'

/** Returns what reads the header of a token, which may be put into the file anew at any time. */
export function bearerHeader(
  file: string | undefined,
  runtime: Runtime,
): () => Promise<Record<string, string>> {
  const token = sinkSecret(file, runtime)
  if (token === undefined) return async () => ({})
  return async () => ({ Authorization: `Bearer ${await token.text()}` })
}
