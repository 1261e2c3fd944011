import { TocsinError } from '../../../errors/tocsin-error.js'
import { BASE } from './namespaces.js'
import { attributeOf, childOf, textAt, type XmlElement } from './xml.js'

/** RFC 6241, section 4.3 */
export interface RpcError {
  readonly tag: string
  readonly severity: string
  readonly message: string | undefined
  readonly path: string | undefined
  /** The reason by the terms of a module (RFC 8640, section 8). */
  readonly appTag?: string
  /** The period of a push that the device would accept, in hundredths of a second. */
  readonly periodHint?: number
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
    messageId: attributeOf(element, 'message-id'),
    errors: errors.filter(({ severity }) => severity !== 'warning'),
    element,
  }
}

function readError(element: XmlElement): RpcError {
  const appTag = textAt(element, 'error-app-tag')
  const hint = hintIn(childOf(element, 'error-info'))
  return {
    ...(appTag !== undefined && { appTag }),
    ...(hint !== undefined && { periodHint: hint }),
    tag: textAt(element, 'error-tag') ?? 'operation-failed',
    severity: textAt(element, 'error-severity') ?? 'error',
    message: textAt(element, 'error-message'),
    path: textAt(element, 'error-path'),
  }
}

function hintIn(info: XmlElement | undefined): number | undefined {
  const text = (info?.children ?? []).map((each) => textAt(each, 'period-hint')).find((each) => each)
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}

const LONGEST_MESSAGE = 500

/** The error of a request that the device has refused. */
export function refusedError(what: string, [error]: readonly RpcError[]): TocsinError {
  const { tag = 'operation-failed', message, path, appTag, periodHint } = error ?? {}
  const more = [appTag, message, path && `at ${path}`].filter((text) => text !== undefined && text !== '')
  const text = [tag, ...more].join(', ').slice(0, LONGEST_MESSAGE)
  return new TocsinError('TCN_NETCONF_REFUSED', `the device refuses ${what}: ${text}`, {
    details: { tag, periodHint },
  })
}

export function replyData({ element }: RpcReply): XmlElement | undefined {
  return childOf(element, 'data')
}
