import type { Runtime } from '../../event/runtime.js'
import { sinkSecret } from '../secret-file.js'

/** Returns a function that makes the header from the token in the file. The file may get a new token at any time. */
export function bearerHeader(
  file: string | undefined,
  runtime: Runtime,
): () => Promise<Record<string, string>> {
  const token = sinkSecret(file, runtime)
  if (token === undefined) return async () => ({})
  return () => token.bearer()
}
