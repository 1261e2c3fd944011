import { TocsinError } from '../../../errors/tocsin-error.js'
import { BASE, standardModules } from './namespaces.js'
import { childOf, escapeXml, textAt, type XmlElement } from './xml.js'

export const capability = {
  base10: 'urn:ietf:params:netconf:base:1.0',
  base11: 'urn:ietf:params:netconf:base:1.1',
  notification: 'urn:ietf:params:netconf:capability:notification:1.0',
  interleave: 'urn:ietf:params:netconf:capability:interleave:1.0',
  writableRunning: 'urn:ietf:params:netconf:capability:writable-running:1.0',
  candidate: 'urn:ietf:params:netconf:capability:candidate:1.0',
  confirmedCommit10: 'urn:ietf:params:netconf:capability:confirmed-commit:1.0',
  confirmedCommit11: 'urn:ietf:params:netconf:capability:confirmed-commit:1.1',
  validate10: 'urn:ietf:params:netconf:capability:validate:1.0',
  validate11: 'urn:ietf:params:netconf:capability:validate:1.1',
  xpath: 'urn:ietf:params:netconf:capability:xpath:1.0',
  yangLibrary10: 'urn:ietf:params:netconf:capability:yang-library:1.0',
  yangLibrary11: 'urn:ietf:params:netconf:capability:yang-library:1.1',
} as const
export type CapabilityName = keyof typeof capability

const MAX_CAPABILITIES = 10_000

/** The first message of each side (RFC 6241, section 8.1). */
export interface NetconfHello {
  readonly capabilities: readonly string[]
  readonly sessionId: number | undefined
  /** Names of YANG modules by their namespaces, of those that the peer lists (RFC 6020, section 5.6.4). */
  readonly modules: ReadonlyMap<string, string>
}

/** The hello of a client, or of a server, which numbers the session. */
export function helloText(
  capabilities: readonly string[] = [capability.base10, capability.base11],
  sessionId?: number,
): string {
  const listed = capabilities.map((uri) => `<capability>${escapeXml(uri)}</capability>`).join('')
  const id = sessionId === undefined ? '' : `<session-id>${sessionId}</session-id>`
  return `<?xml version="1.0" encoding="UTF-8"?><hello xmlns="${BASE}"><capabilities>${listed}</capabilities>${id}</hello>`
}

/** Throws TCN_NETCONF_MESSAGE. */
export function readHello(message: XmlElement): NetconfHello {
  const listed = childOf(message, 'capabilities')?.children ?? []
  if (message.name !== 'hello' || listed.length === 0)
    throw new TocsinError(
      'TCN_NETCONF_MESSAGE',
      `a hello with capabilities was expected, not ${message.name}`,
    )
  if (listed.length > MAX_CAPABILITIES)
    throw new TocsinError('TCN_NETCONF_MESSAGE', `the hello has more than ${MAX_CAPABILITIES} capabilities`)
  const capabilities = listed.map(({ text }) => text.trim())
  const id = textAt(message, 'session-id')
  return {
    capabilities,
    sessionId: id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : undefined,
    modules: modulesIn(capabilities),
  }
}

export function supports({ capabilities }: NetconfHello, name: CapabilityName): boolean {
  const uri = capability[name]
  return capabilities.some((each) => each === uri || each.startsWith(`${uri}?`))
}

function modulesIn(capabilities: readonly string[]): Map<string, string> {
  const modules = new Map(standardModules)
  for (const each of capabilities) {
    const [, namespace, module] = /^([^?]+)\?(?:.*[&;])?module=([A-Za-z_][\w.-]*)/.exec(each) ?? []
    if (namespace !== undefined) modules.set(namespace, module)
  }
  return modules
}
