import { isObject, own } from '../../../event/json/object.js'
import { parsePlainJson } from '../../../event/json/parse.js'
import { errorArgs, type SysadmErrorCode } from './errors.js'
import { qtJson, qtJsonSteps } from './json.js'

/** A request of a client. */
export interface SysadmRequest {
  /** As sent: replies repeat it. */
  namespace: string
  name: string
  /** Empty if there was none, or it was not text. */
  id: string
  args: unknown
}

/** A message with an id before it belongs to a peer beyond a bridge, and so does its answer. */
export interface SysadmMessage {
  relay: string | undefined
  /** Undefined: not a request. */
  request: SysadmRequest | undefined
  /** The id of a message that is not a request only because it has no namespace. */
  id?: string
}

/** Longest id of a relay that is answered in its own form. */
export const MAX_RELAY_LENGTH = 256
/** The message, its arguments, and the objects in them. */
const REPLY_LEVELS = 3

/** Reads a message: JSON, or `<id>\n<JSON>` if it does not begin with a brace. */
export function readMessage(text: string): SysadmMessage {
  if (text === '') return { relay: undefined, request: undefined }
  if (text.startsWith('{')) return { relay: undefined, ...readRequest(text) }
  const line = text.indexOf('\n')
  const relay = line < 0 ? text : text.slice(0, line)
  if (relay.length > MAX_RELAY_LENGTH) return { relay: undefined, request: undefined }
  return { relay, ...readRequest(line < 0 ? '' : text.slice(line + 1)) }
}

function readRequest(text: string): Omit<SysadmMessage, 'relay'> {
  const message = parse(text)
  if (!isObject(message)) return { request: undefined }
  const namespace = own(message, 'namespace')
  const name = own(message, 'name')
  const given = own(message, 'id')
  const id = typeof given === 'string' ? given : ''
  if (!isName(name)) return { request: undefined }
  if (!isName(namespace)) return { request: undefined, ...(id !== '' && { id }) }
  const args = Object.hasOwn(message, 'args') ? message.args : message
  return { request: { namespace, name, id, args } }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function parse(text: string): unknown {
  try {
    return parsePlainJson(text)
  } catch {
    return undefined
  }
}

/** Returns an answer. A request without an id is answered under its own name. */
export function replyText(request: Omit<SysadmRequest, 'args'>, args: unknown): string {
  return qtJson(replyTo(request, args))
}

/** The same in steps, member by member of the arguments and of the objects in them. */
export function replySteps(request: Omit<SysadmRequest, 'args'>, args: unknown): Generator<void, string> {
  return qtJsonSteps(replyTo(request, args), REPLY_LEVELS)
}

function replyTo({ namespace, name, id }: Omit<SysadmRequest, 'args'>, args: unknown): object {
  return { args, id, name: id === '' ? name : 'response', namespace }
}

/** Returns an error for the request with this id. */
export function errorText(id: string, code: SysadmErrorCode, why?: object): string {
  const args = why === undefined ? errorArgs(code) : { ...errorArgs(code), why }
  return qtJson({ args, id, name: 'error', namespace: 'error' })
}

/** Puts the id of the relay before a message to a peer beyond a bridge. */
export function relayed(relay: string | undefined, text: string): string {
  return relay === undefined ? text : `${relay}\n${text}`
}

/** Returns whether all requests behind this one must wait for it. */
export function isOrdered({ namespace, name }: SysadmRequest): boolean {
  return isRpc(namespace) && (name.startsWith('auth') || isIdentify(name))
}

export function isRpc(namespace: string): boolean {
  return namespace.toLowerCase() === 'rpc'
}

export function isIdentify(name: string): boolean {
  return name.toLowerCase() === 'identify'
}

export function isLogs({ namespace, name }: SysadmRequest): boolean {
  return isRpc(namespace) && name.toLowerCase() === 'logs'
}
