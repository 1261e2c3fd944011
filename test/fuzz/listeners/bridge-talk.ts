import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../e2e/hub-process.js'
import { pick } from '../mutations.js'
import { jsonFrame, type Piece, textFrame, upgrade } from './piece.js'
import type { Talk } from './talk.js'

interface Recorded {
  challenge: object
  messages: object[]
  relayed: string[]
}
const recorded = JSON.parse(readFileSync(join(root, 'test/vectors/bridge-peers.json'), 'utf8')) as Recorded

/** A key with which the hostile peers log in, as operators make them. */
export const bridgeKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

/** The login begins with the first two messages; the others come when it has succeeded. */
export const bridge: Talk = (random) => [
  upgrade('/', { origin: pick(['sysadm-server', 'sysadm-client'], random) }),
  jsonFrame(recorded.challenge),
  ...Array.from({ length: 1 + random(6) }, () => pick<Piece>(said, random)),
]

const said = [...recorded.messages.map(jsonFrame), ...recorded.relayed.map(textFrame)]

/** Answers the challenge of a bridge; undefined if the text has none. */
export function bridgeLogin(text: string): Uint8Array | undefined {
  const challenge = /"test_string":"([A-Za-z0-9]{40})"/.exec(text)?.[1]
  if (challenge === undefined) return undefined
  const key = { key: bridgeKey.privateKey, padding: constants.RSA_PKCS1_PADDING }
  const encrypted = privateEncrypt(key, Buffer.from(challenge)).toString('base64')
  const args = { encrypted_string: encrypted }
  return jsonFrame({ args, id: 'server_to_bridge_auth', name: 'auth_ssl', namespace: 'rpc' }).bytes
}
