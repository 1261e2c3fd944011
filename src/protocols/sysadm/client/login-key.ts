import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  privateEncrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { keyChecksum } from '../codec/keys.js'

const BITS = 4096

/**
 * The RSA key with which a client logs in.
 *
 * @example
 * const key = new SysadmKey(readFileSync('sysadm.key', 'utf8'))
 * await using nas = await connectSysadm({ url: 'wss://nas1.example', login: { key } })
 */
export class SysadmKey {
  /** PEM, as servers compare it: 64 columns, and a line break at the end. */
  readonly publicPem: string
  /** Base64 of the MD5 over the PEM, under which servers and bridges know the key. */
  readonly checksum: string
  readonly #key: KeyObject

  /** Takes the text of a PEM file. Throws TCN_SYSADM_KEY. */
  constructor(privatePem: string | Uint8Array) {
    this.#key = readKey(privatePem)
    this.publicPem = createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }).toString()
    this.checksum = keyChecksum(Buffer.from(this.publicPem))
  }

  /** Makes a new key; `pem` is the text to keep. */
  static async make(): Promise<{ key: SysadmKey; pem: string }> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: BITS })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    return { key: new SysadmKey(pem), pem }
  }

  /** The text to register: base64 of the PEM. */
  get registration(): string {
    return Buffer.from(this.publicPem).toString('base64')
  }

  /** Answers a test string of the server (PKCS #1 v1.5, type 1, over the bare text); base64. */
  encrypt(testString: string): string {
    const text = Buffer.from(testString, 'latin1')
    try {
      return privateEncrypt({ key: this.#key, padding: constants.RSA_PKCS1_PADDING }, text).toString('base64')
    } catch (cause) {
      throw new TocsinError('TCN_SYSADM_ANSWER', 'the test string of the server is too long', { cause })
    }
  }
}

function readKey(pem: string | Uint8Array): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(typeof pem === 'string' ? pem : Buffer.from(pem))
  } catch (error) {
    throw new TocsinError('TCN_SYSADM_KEY', `the key cannot be read: ${messageOf(error)}`)
  }
  if (key.asymmetricKeyType === 'rsa') return key
  throw new TocsinError('TCN_SYSADM_KEY', `the key is of type ${key.asymmetricKeyType}, not rsa`)
}
