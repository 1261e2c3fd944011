import { TocsinError } from '../../../errors/tocsin-error.js'
import { BASE } from '../codec/namespaces.js'
import { escapeXml, type XmlElement } from '../codec/xml.js'

/** A request of a client (RFC 6241, section 4.1). */
export interface RpcRequest {
  readonly operation: XmlElement
  /** The attributes of the request, which its reply must have too. */
  readonly attributes: string
}

/** The tags of errors that this server uses (RFC 6241, appendix A). */
export type ErrorTag =
  | 'access-denied'
  | 'bad-element'
  | 'in-use'
  | 'invalid-value'
  | 'malformed-message'
  | 'missing-attribute'
  | 'missing-element'
  | 'operation-failed'
  | 'operation-not-supported'
  | 'resource-denied'
  | 'too-big'
  | 'unknown-element'

export interface FaultInfo {
  /** The element that is at fault. */
  readonly element?: string
  /** An identity of RFC 8639. */
  readonly appTag?: string
}

/** The reason for which a request is not carried out. */
export function fault(tag: ErrorTag, message: string, info: FaultInfo = {}): TocsinError {
  return new TocsinError('TCN_NETCONF_REQUEST', message, { details: { tag, ...info } })
}

/** Throws TCN_NETCONF_REQUEST for any other message, and for a request without exactly one operation. */
export function readRequest({ name, namespace, attributes, children }: XmlElement): RpcRequest {
  if (name !== 'rpc' || (namespace !== BASE && namespace !== ''))
    throw fault('malformed-message', `a request was expected, not ${name}`)
  if (!attributes.some((each) => each.name === 'message-id'))
    throw fault('missing-attribute', 'a request needs the attribute message-id', { element: 'rpc' })
  const [operation, ...more] = children
  if (operation === undefined || more.length > 0)
    throw fault('malformed-message', 'a request has one operation')
  const kept = attributes.filter((each) => each.namespace === '' && each.name !== 'xmlns')
  return { operation, attributes: kept.map(({ name, value }) => ` ${name}="${escapeXml(value)}"`).join('') }
}

/** The reply to a request; undefined for one that could not be read. */
export function replyText(request: Pick<RpcRequest, 'attributes'> | undefined, content: string): string {
  return `<rpc-reply xmlns="${BASE}"${request?.attributes ?? ''}>${content}</rpc-reply>`
}

export const OK = '<ok/>'

/** The content of a reply that says why the request was not carried out. */
export function errorText(error: TocsinError): string {
  const { tag, element, appTag } = termsOf(error)
  const info =
    element !== undefined && ofElements.has(tag) ? `<bad-element>${escapeXml(element)}</bad-element>` : ''
  const parts = [
    `<error-type>${tag === 'malformed-message' ? 'rpc' : 'application'}</error-type>`,
    `<error-tag>${tag}</error-tag>`,
    '<error-severity>error</error-severity>',
    appTag === undefined ? '' : `<error-app-tag>${escapeXml(appTag)}</error-app-tag>`,
    `<error-message xml:lang="en">${escapeXml(error.message)}</error-message>`,
    info === '' ? '' : `<error-info>${info}</error-info>`,
  ]
  return `<rpc-error>${parts.join('')}</rpc-error>`
}

/** Only these have the element in `error-info`. */
const ofElements = new Set(['bad-element', 'missing-attribute', 'missing-element', 'unknown-element'])

function termsOf({ code, details }: TocsinError): { tag: string; element?: string; appTag?: string } {
  const { tag, element, appTag } = details
  if (code !== 'TCN_NETCONF_REQUEST') return { tag: tagsOf[code] ?? 'operation-failed' }
  return {
    tag: String(tag),
    ...(typeof element === 'string' && { element }),
    ...(typeof appTag === 'string' && { appTag }),
  }
}

/** The tags for errors of the hub. */
const tagsOf: Readonly<Record<string, ErrorTag>> = {
  TCN_ACCESS_DENIED: 'access-denied',
  TCN_FILTER_SYNTAX: 'invalid-value',
  TCN_FILTER_PATTERN_TOO_LONG: 'invalid-value',
  TCN_FILTER_TOO_COMPLEX: 'resource-denied',
  TCN_NETCONF_XML: 'malformed-message',
}
