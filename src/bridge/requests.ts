import { isObject, own } from '../event/json/object.js'
import { parsePlainJson } from '../event/json/parse.js'
import { isIdentify, isRpc } from '../protocols/sysadm/codec/envelope.js'
import { qtJson } from '../protocols/sysadm/codec/json.js'
import type { PeerType } from './directory.js'

/** Ids of what the bridge itself asks. */
const IDENTIFY_ID = 'sysadm_bridge_request_ident'
const KEYS_ID = 'bridge_request_list_keys'

export const ASK_IDENTITY = qtJson({ args: '', id: IDENTIFY_ID, name: 'identify', namespace: 'rpc' })
export const ASK_KEYS = qtJson({
  args: { action: 'list_ssl_checksums' },
  id: KEYS_ID,
  name: 'settings',
  namespace: 'rpc',
})

const MAX_KEYS = 1024
const MAX_HOSTNAME = 255
const MAX_ENCRYPTED = 4096
/** Base64 of 16 bytes. */
const CHECKSUM = /^[A-Za-z0-9+/]{22}==$/

interface Request {
  id: string
  namespace: string
  name: string
}

export type PeerMessage =
  | { kind: 'identity'; type: PeerType; hostname: string }
  | { kind: 'keys'; keys: ReadonlySet<string> }
  | { kind: 'identify' | 'challenge' | 'other'; request: Request }
  | { kind: 'login'; request: Request; encrypted: string }

/** Reads a message to the bridge itself; undefined for what it does not answer. */
export function readPeerMessage(text: string): PeerMessage | undefined {
  const message = parse(text)
  if (!isObject(message) || !Object.hasOwn(message, 'args')) return undefined
  const [id, namespace, name] = [own(message, 'id'), own(message, 'namespace'), own(message, 'name')]
  if (typeof id !== 'string' || typeof namespace !== 'string' || typeof name !== 'string') return undefined
  const { args } = message
  if (name === 'response') return readAnswer(id, args)
  const request = { id, namespace, name }
  if (isRpc(namespace) && isIdentify(name)) return { kind: 'identify', request }
  if (!isRpc(namespace) || name !== 'auth_ssl') return { kind: 'other', request }
  const encrypted = own(args, 'encrypted_string')
  if (encrypted === undefined) return { kind: 'challenge', request }
  const isUsable = typeof encrypted === 'string' && encrypted.length <= MAX_ENCRYPTED
  return { kind: 'login', request, encrypted: isUsable ? encrypted : '' }
}

/** Answers to anything but the two questions of the bridge mean nothing. */
function readAnswer(id: string, args: unknown): PeerMessage | undefined {
  if (id === IDENTIFY_ID) {
    const type = own(args, 'type')
    const hostname = own(args, 'hostname')
    if (type !== 'server' && type !== 'client') return undefined
    return { kind: 'identity', type, hostname: String(hostname).slice(0, MAX_HOSTNAME) }
  }
  const keys = id === KEYS_ID ? own(args, 'md5_keys') : undefined
  if (!Array.isArray(keys)) return undefined
  const usable = keys.filter((key) => typeof key === 'string' && CHECKSUM.test(key))
  return { kind: 'keys', keys: new Set(usable.slice(0, MAX_KEYS)) }
}

export function answer({ id, namespace }: Request, args: unknown): string {
  return qtJson({ args, id, name: 'response', namespace })
}

/** Refusals of a bridge keep the namespace of the request. */
export function refusal({ id, namespace }: Request, args: 'unauthorized' | null): string {
  return qtJson({ args, id, name: 'error', namespace })
}

function parse(text: string): unknown {
  try {
    return parsePlainJson(text)
  } catch {
    return undefined
  }
}
