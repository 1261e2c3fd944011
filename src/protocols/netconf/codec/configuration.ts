import { TocsinError } from '../../../errors/tocsin-error.js'
import { finished } from '../../../incremental/steps.js'
import { refuseEndMark } from './framing.js'
import { BASE } from './namespaces.js'
import { escapeXml, readXml, type XmlElement, xmlText } from './xml.js'

/** A change of the configuration of a device, which was checked to be whole elements. */
export interface DeviceChange {
  /** The content of `config`. */
  readonly text: string
  readonly elements: readonly XmlElement[]
}

const DECLARATION = /^\s*<\?xml[^>]*\?>/

/** Reads a change: elements of the configuration, or `config` around them. Throws TCN_NETCONF_XML. */
export function readChange(given: string): DeviceChange {
  const text = given.replace(DECLARATION, '').trim()
  refuseEndMark(text)
  const read = (whole: string) => finished(readXml(Buffer.from(whole)))
  const { children } = read(`<config xmlns:nc="${BASE}">${text}</config>`)
  const [only, ...others] = children
  if (only === undefined) throw new TocsinError('TCN_NETCONF_XML', 'the change has no elements')
  const isWrapped = others.length === 0 && only.name === 'config' && ['', BASE].includes(only.namespace)
  return { text, elements: isWrapped ? only.children : children }
}

export type Datastore = 'running' | 'candidate'

const CANDIDATE = '<target><candidate/></target>'

/** The requests with which a change is made (RFC 6241, section 8.3 and 8.4). */
export const changeRequests = {
  lock: (datastore: Datastore) => `<lock><target><${datastore}/></target></lock>`,
  unlock: (datastore: Datastore) => `<unlock><target><${datastore}/></target></unlock>`,
  discard: '<discard-changes/>',
  validate: '<validate><source><candidate/></source></validate>',
  commit: '<commit/>',
  /** The device returns to the configuration before when the session ends, or after these seconds. */
  commitConfirmed: (seconds: number) =>
    `<commit><confirmed/><confirm-timeout>${seconds}</confirm-timeout></commit>`,
  edit: ({ text, elements }: DeviceChange) => {
    const isWrapped =
      /^<(?:[\w.-]+:)?config[\s>]/.test(text) && elements.every(({ name }) => name !== 'config')
    const config = isWrapped ? text : `<config xmlns:nc="${BASE}">${text}</config>`
    return `<edit-config>${CANDIDATE}${config}</edit-config>`
  },
  /** The parts of a configuration that the change is about. */
  get: ({ elements }: DeviceChange, datastore: Datastore) => {
    const roots = new Map(
      elements.map(({ name, namespace }) => [`${namespace} ${name}`, { name, namespace }]),
    )
    const filter = [...roots.values()].map(({ name, namespace }) =>
      namespace === '' || namespace === BASE ? `<${name}/>` : `<${name} xmlns="${escapeXml(namespace)}"/>`,
    )
    return `<get-config><source><${datastore}/></source><filter type="subtree">${filter.join('')}</filter></get-config>`
  },
}

/** The same for the same content, however it is written, in pieces. */
export function* canonicalPieces({ name, namespace, children, text }: XmlElement): Generator<string> {
  yield `[${JSON.stringify([namespace, name])},`
  if (children.length === 0) yield JSON.stringify(text.trim())
  for (const child of children) yield* canonicalPieces(child)
  yield ']'
}

const SECRET =
  /pass(?:word|phrase)|secret|psk|community|private-key|auth-key|pre-shared|\bkey-string\b|token/i

/** The change as text without the values of secrets: of leaves whose name is that of one, or is given. */
export function shownChange({ elements }: DeviceChange, secrets: readonly string[]): string {
  const isSecret = (name: string) => SECRET.test(name) || secrets.includes(name)
  return elements.map((element) => xmlText(masked(element, isSecret))).join('')
}

function masked(element: XmlElement, isSecret: (name: string) => boolean): XmlElement {
  const attributes = element.attributes.map((attribute) =>
    attribute.namespace === BASE ? { ...attribute, namespace: '' } : attribute,
  )
  if (isSecret(element.name)) return { ...element, attributes, children: [], text: '***' }
  return { ...element, attributes, children: element.children.map((child) => masked(child, isSecret)) }
}
