import { SaxesParser, type SaxesTagNS } from 'saxes'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'

export interface XmlAttribute {
  readonly name: string
  readonly namespace: string
  readonly value: string
}

/** An element without its prefix: two elements are the same if their names and namespaces are. */
export interface XmlElement {
  readonly name: string
  readonly namespace: string
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** Its own text; empty if there is nothing but blanks between children. */
  readonly text: string
  /** Number of elements: itself and all within it. */
  readonly size: number
  /** Levels of elements: 1 if there are none within it. */
  readonly height: number
}

/** The time that namespaces take grows with the square of the depth. */
const MAX_DEPTH = 128
const MAX_ATTRIBUTES = 256
const MAX_ELEMENTS = 250_000
/** Bytes that are read in one step: up to a thousand elements, which takes a millisecond or two. */
const STEP_BYTES = 4 * 1024
/** Messages that are no longer can be read at once. */
const SHORT_BYTES = 8 * 1024

type OpenElement = { -readonly [Key in keyof XmlElement]: XmlElement[Key] } & {
  children: XmlElement[]
}

/** Reads a message in steps. Throws TCN_NETCONF_XML. */
export function* readXml(bytes: Uint8Array): Generator<undefined, XmlElement> {
  const reader = new XmlReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for (let at = 0; at < bytes.length; at += STEP_BYTES) {
      if (at > 0) yield undefined
      reader.write(decoder.decode(bytes.subarray(at, at + STEP_BYTES), { stream: true }))
    }
    reader.write(decoder.decode())
    return reader.end()
  } catch (error) {
    if (TocsinError.is(error)) throw error
    throw new TocsinError('TCN_NETCONF_XML', `a message cannot be read as XML: ${messageOf(error)}`)
  }
}

export function isLongXml(bytes: Uint8Array): boolean {
  return bytes.length > SHORT_BYTES
}

class XmlReader {
  readonly #parser = new SaxesParser({ xmlns: true, position: false })
  readonly #open: OpenElement[] = []
  #root: XmlElement | undefined
  #attributes = 0
  #elements = 0
  #hasBegun = false

  constructor() {
    const parser = this.#parser
    parser.on('doctype', () => refuse('it has a DOCTYPE'))
    parser.on('opentagstart', () => this.#begin())
    parser.on('attribute', () => {
      if (++this.#attributes > MAX_ATTRIBUTES) refuse(`an element has more than ${MAX_ATTRIBUTES} attributes`)
    })
    parser.on('opentag', (tag) => this.#enter(tag))
    parser.on('closetag', () => this.#leave())
    parser.on('text', (text) => this.#add(text))
    parser.on('cdata', (text) => this.#add(text))
  }

  write(text: string): void {
    // Some devices send an empty line before each message, where XML allows none.
    const piece = this.#hasBegun ? text : text.trimStart()
    if (piece === '') return
    this.#hasBegun = true
    this.#parser.write(piece)
  }

  end(): XmlElement {
    this.#parser.close()
    if (this.#root === undefined) throw new Error('there is no element')
    return this.#root
  }

  #begin(): void {
    this.#attributes = 0
    if (this.#open.length >= MAX_DEPTH) refuse(`elements nest more than ${MAX_DEPTH} deep`)
    if (++this.#elements > MAX_ELEMENTS) refuse(`it has more than ${MAX_ELEMENTS} elements`)
  }

  #enter({ local, uri, attributes }: SaxesTagNS): void {
    const element: OpenElement = {
      name: local,
      namespace: uri,
      attributes: Object.values(attributes).map(({ local: name, uri: namespace, value }) => ({
        name,
        namespace,
        value,
      })),
      children: [],
      text: '',
      size: 1,
      height: 1,
    }
    this.#open.at(-1)?.children.push(element)
    this.#open.push(element)
  }

  #leave(): void {
    const element = this.#open.pop()
    if (element === undefined) return
    if (element.children.length > 0 && element.text.trim() === '') element.text = ''
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else {
      parent.size += element.size
      parent.height = Math.max(parent.height, element.height + 1)
    }
  }

  #add(text: string): void {
    const element = this.#open.at(-1)
    if (element !== undefined) element.text += text
  }
}

function refuse(why: string): never {
  throw new TocsinError('TCN_NETCONF_XML', `a message is refused: ${why}`)
}

/** The value of the attribute with this name; undefined if there is none. */
export function attributeOf({ attributes }: XmlElement, name: string): string | undefined {
  return attributes.find((each) => each.name === name)?.value
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name)
}

/** The text of the element that these names lead to, without blanks around it. */
export function textAt(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  const found = path.reduce<XmlElement | undefined>(childOf, element)
  const text = found?.text.trim()
  return text === '' ? undefined : text
}

/** The element as text. `around` is the namespace of what it is written into. */
export function xmlText({ name, namespace, attributes, children, text }: XmlElement, around = ''): string {
  const declared = namespace === around ? '' : ` xmlns="${escapeXml(namespace)}"`
  // An attribute of a namespace would need a prefix, and those that declare namespaces are written above.
  const own = attributes
    .filter((attribute) => attribute.namespace === '')
    .map((attribute) => ` ${attribute.name}="${escapeXml(attribute.value)}"`)
  const content = children.map((child) => xmlText(child, namespace)).join('') || escapeXml(text)
  const head = `${name}${declared}${own.join('')}`
  return content === '' ? `<${head}/>` : `<${head}>${content}</${name}>`
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** The text as the content of an element or of an attribute. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character)
}
