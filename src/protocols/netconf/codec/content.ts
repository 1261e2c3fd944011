import { NETCONF_EVENTS, YANG_PUSH } from './namespaces.js'
import type { XmlElement } from './xml.js'

/** Elements that are made in one step. */
const STEP_ELEMENTS = 500
const MAX_UINT32 = 4_294_967_295

/** The shapes of the notifications of RFC 6470 and RFC 8641. Of all others, only a model would tell them. */
const lists: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [NETCONF_EVENTS, new Set(['edit', 'added-capability', 'deleted-capability', 'modified-capability'])],
  [YANG_PUSH, new Set(['edit'])],
])
const numbers = new Set(['session-id', 'killed-by', 'timeout'])
const empties = new Set(['server'])

/**
 * Makes JSON of an element by the rules of RFC 7951, as far as they go without the model: members have a module name
 * where the namespace changes, repeated elements are a list, and all values are text. Attributes are left out.
 */
export function* contentInSteps(
  element: XmlElement,
  modules: ReadonlyMap<string, string>,
): Generator<undefined, unknown> {
  if (element.size <= STEP_ELEMENTS || element.children.length === 0) return elementContent(element, modules)
  const members = new ObjectMembers(element, modules)
  for (const child of element.children) {
    members.add(child, yield* contentInSteps(child, modules))
    if (child.size >= STEP_ELEMENTS || members.count % STEP_ELEMENTS === 0) yield undefined
  }
  return members.made()
}

function elementContent(element: XmlElement, modules: ReadonlyMap<string, string>): unknown {
  const { children, namespace, name, text } = element
  if (children.length === 0) return namespace === NETCONF_EVENTS ? knownLeaf(name, text) : text
  const members = new ObjectMembers(element, modules)
  for (const child of children) members.add(child, elementContent(child, modules))
  return members.made()
}

/** The members of an object, in the order in which their elements come first. */
class ObjectMembers {
  count = 0
  readonly #parent: XmlElement
  readonly #modules: ReadonlyMap<string, string>
  readonly #byKey = new Map<string, unknown[]>()
  readonly #lists = new Set<string>()

  constructor(parent: XmlElement, modules: ReadonlyMap<string, string>) {
    this.#parent = parent
    this.#modules = modules
  }

  add(child: XmlElement, content: unknown): void {
    this.count++
    const key = qualified(child, this.#modules, this.#parent.namespace)
    const known = this.#byKey.get(key)
    if (known !== undefined) known.push(content)
    else this.#byKey.set(key, [content])
    if (lists.get(child.namespace)?.has(child.name)) this.#lists.add(key)
  }

  made(): unknown {
    const members = [...this.#byKey].map(([key, contents]) => [
      key,
      contents.length > 1 || this.#lists.has(key) ? contents : contents[0],
    ])
    return Object.fromEntries(members)
  }
}

/** The name with the module of its namespace, if that is not the one around it. */
export function qualified(
  { name, namespace }: XmlElement,
  modules: ReadonlyMap<string, string>,
  around: string,
): string {
  if (namespace === around || namespace === '') return name
  return `${modules.get(namespace) ?? namespace}:${name}`
}

function knownLeaf(name: string, text: string): unknown {
  if (empties.has(name) && text.trim() === '') return [null]
  const number = numbers.has(name) && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return number <= MAX_UINT32 ? number : text
}
