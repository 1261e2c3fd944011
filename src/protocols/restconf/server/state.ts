import { formatTime } from '../../../event/position.js'
import { xmlValue } from '../../netconf/server/notification.js'
import type { ServerStream } from '../../netconf/server/state.js'
import { encodings } from '../codec/streams.js'

const RESTCONF = 'urn:ietf:params:xml:ns:yang:ietf-restconf'
const MONITORING = 'urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring'
/** The revision of the YANG library (RFC 8525). */
const LIBRARY = '2019-01-04'

/** A resource, as the content of an element: texts, lists of equal names, and elements. */
interface ResourceContent {
  readonly [name: string]: string | boolean | ResourceContent | (string | ResourceContent)[]
}

/** A resource in the two encodings. */
export interface Resource {
  readonly json: string
  readonly xml: string
}

/** The root (RFC 8040, section 3.3). */
export function rootResource(): Resource {
  return resource('restconf', ['ietf-restconf', RESTCONF], {
    data: {},
    operations: {},
    'yang-library-version': LIBRARY,
  })
}

const capabilities = {
  capability: [
    'urn:ietf:params:restconf:capability:defaults:1.0?basic-mode=explicit',
    'urn:ietf:params:restconf:capability:filter:1.0',
    'urn:ietf:params:restconf:capability:replay:1.0',
  ],
}

/** The state of the server (RFC 8040, section 9), or a part of it; undefined if there is no such part. */
export function stateResource(streams: readonly ServerStream[], part?: string): Resource | undefined {
  const parts: Record<string, ResourceContent> = {
    capabilities,
    streams: { stream: streams.map(streamContent) },
  }
  if (part === undefined) return monitored('restconf-state', parts)
  return Object.hasOwn(parts, part) ? monitored(part, parts[part]) : undefined
}

/** The path at which a stream is read, below the root of the server. */
export function streamPath(name: string, encoding: string): string {
  return `/restconf/streams/${name}/${encoding}`
}

function streamContent({ name, description = name, replay, since }: ServerStream): ResourceContent {
  return {
    name,
    description,
    'replay-support': replay,
    ...(replay && since !== undefined && { 'replay-log-creation-time': formatTime(since) }),
    access: encodings.map((encoding) => ({ encoding, location: streamPath(name, encoding) })),
  }
}

function monitored(name: string, content: ResourceContent): Resource {
  return resource(name, ['ietf-restconf-monitoring', MONITORING], content)
}

function resource(
  name: string,
  [module, namespace]: readonly [string, string],
  content: ResourceContent,
): Resource {
  return {
    json: JSON.stringify({ [`${module}:${name}`]: content }),
    xml: `<${name} xmlns="${namespace}">${inner(content)}</${name}>`,
  }
}

function inner(content: ResourceContent): string {
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => element(name, each)))
    .join('')
}

function element(name: string, value: string | boolean | ResourceContent): string {
  return `<${name}>${typeof value === 'object' ? inner(value) : xmlValue(String(value))}</${name}>`
}

/** Where clients find the root (RFC 8040, section 3.1). */
export const hostMeta = `<?xml version="1.0" encoding="UTF-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="restconf" href="/restconf"/></XRD>`

/** The form of an error (RFC 8040, section 7.1). */
export function errorResource(tag: string, message: string): Resource {
  return resource('errors', ['ietf-restconf', RESTCONF], {
    error: [{ 'error-type': 'application', 'error-tag': tag, 'error-message': message }],
  })
}
