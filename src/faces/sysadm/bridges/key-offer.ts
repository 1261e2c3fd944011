import { own } from '../../../event/json/object.js'
import { isRpc, readMessage, type SysadmRequest } from '../../../protocols/sysadm/codec/envelope.js'
import type { SysadmContext } from '../context.js'

/** The first step of a login through a bridge: the client names the key that it has. */
export interface KeyOffer {
  request: SysadmRequest
  checksum: string
}

export function keyOfferIn(text: string): KeyOffer | undefined {
  const { request } = readMessage(text)
  if (request === undefined || !isRpc(request.namespace) || request.name !== 'auth_ssl') return undefined
  const checksum = own(request.args, 'md5_key')
  return typeof checksum === 'string' ? { request, checksum } : undefined
}

interface OfferContext {
  publicPem: string
  address: string
  /** The open test strings of the client. */
  challenges: string[]
}

/**
 * Returns the answer, with a test string; undefined: refused. Genuine servers also make a key for each session, with
 * which nothing has been encrypted since 2016. The hub sends the one that it has.
 */
export function answerKeyOffer(
  { keys, blacklist, challenges }: SysadmContext,
  checksum: string,
  { publicPem, address, challenges: open }: OfferContext,
): { new_ssl_key: string; test_string: string } | undefined {
  if (blacklist.refuses(address)) return undefined
  if (!keys.of().some(({ login }) => login.checksum === checksum)) {
    blacklist.fail(address)
    return undefined
  }
  const testString = challenges.make(open)
  return {
    new_ssl_key: Buffer.from(publicPem).toString('base64'),
    test_string: Buffer.from(testString).toString('base64'),
  }
}
