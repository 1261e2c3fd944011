import { TocsinError } from '../../../errors/tocsin-error.js'
import { BASE } from './namespaces.js'
import { childOf, textAt, type XmlElement } from './xml.js'

/** RFC 6241, section 4.3 */
export interface RpcError {
  readonly tag: string
  readonly severity: string
  readonly message: string | undefined
  readonly path: string | undefined
}

export interface RpcReply {
  readonly messageId: string | undefined
  /** Without warnings. */
  readonly errors: readonly RpcError[]
  readonly element: XmlElement
}

export function rpcText(messageId: string, operation: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><rpc xmlns="${BASE}" message-id="${messageId}">${operation}</rpc>`
}

export const CLOSE_SESSION = '<close-session/>'

export function readReply(element: XmlElement): RpcReply {
  const errors = element.children.filter(({ name }) => name === 'rpc-error').map(readError)
  return {
    messageId: element.attributes.find(({ name }) => name === 'message-id')?.value,
    errors: errors.filter(({ severity }) => severity !== 'warning'),
    element,
  }
}

function readError(element: XmlElement): RpcError {
  return {
    tag: textAt(element, 'error-tag') ?? 'operation-failed',
    severity: textAt(element, 'error-severity') ?? 'error',
    message: textAt(element, 'error-message'),
    path: textAt(element, 'error-path'),
  }
}

const LONGEST_MESSAGE = 500

/** The error of a request that the device has refused. */
export function refusedError(what: string, [error]: readonly RpcError[]): TocsinError {
  const { tag = 'operation-failed', message, path } = error ?? {}
  const more = [message, path && `at ${path}`].filter((text) => text !== undefined && text !== '')
  const text = [tag, ...more].join(', ').slice(0, LONGEST_MESSAGE)
  return new TocsinError('TCN_NETCONF_REFUSED', `the device refuses ${what}: ${text}`, { details: { tag } })
}

export function replyData({ element }: RpcReply): XmlElement | undefined {
  return childOf(element, 'data')
}
