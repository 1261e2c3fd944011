import { isObject, own } from '../../../event/json/object.js'
import { parsePlainJson } from '../../../event/json/parse.js'

/** A message of a server or a bridge. */
export type ServerMessage =
  | { kind: 'reply'; id: string; args: unknown; isError: boolean }
  | { kind: 'event'; name: string; args: unknown; cursor: string | undefined }
  | { kind: 'request'; namespace: string; name: string; id: string; args: unknown }

/** Reads the JSON of a message; undefined if it is none. */
export function readServerMessage(text: string): ServerMessage | undefined {
  const message = parse(text)
  const name = own(message, 'name')
  if (!isObject(message) || typeof name !== 'string') return undefined
  const args = own(message, 'args')
  const id = textIn(message, 'id')
  const namespace = textIn(message, 'namespace').toLowerCase()
  if (name === 'response' || name === 'error') return { kind: 'reply', id, args, isError: name === 'error' }
  if (namespace !== 'events') return { kind: 'request', namespace, name, id, args }
  const cursor = own(message, 'cursor')
  return { kind: 'event', name, args, cursor: typeof cursor === 'string' ? cursor : undefined }
}

export function textIn(value: unknown, key: string): string {
  const text = own(value, key)
  return typeof text === 'string' ? text : ''
}

function parse(text: string): unknown {
  try {
    return parsePlainJson(text)
  } catch {
    return undefined
  }
}
