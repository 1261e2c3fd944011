import { TocsinError } from '../../errors/tocsin-error.js'
import { type KeyPath, readKey } from '../../event/json/key-path.js'

/** Reads a key as it is written everywhere. Throws TCN_CONFIG_EDIT if it is none. */
export function parseKey(text: string): KeyPath {
  const path = readKey(text)
  if (path !== undefined) return path
  throw new TocsinError('TCN_CONFIG_EDIT', `${JSON.stringify(text.slice(0, 80))} is not a key`)
}
