/** Edge hubs that are remembered, after they have left too. */
const MOST = 100_000

/** A name belongs to the principal that came with it: others may have an edge hub of the same name. */
export interface EdgeKey {
  readonly name: string
  readonly principal: string
}

interface Known {
  readonly login: EdgeKey
  readonly isUp: boolean
}

/**
 * Edge hubs by principal and name. When there are too many, the principal that has most of them loses the one that left
 * first, so that nobody who makes up names takes the place of others.
 */
export class RememberedEdges<Edge extends Known> {
  /** In the order in which those of a principal came or left. */
  readonly #byPrincipal = new Map<string, Map<string, Edge>>()
  readonly #byName = new Map<string, Set<Edge>>()
  readonly #most: number
  size = 0

  constructor(most = MOST) {
    this.#most = most
  }

  *[Symbol.iterator](): Iterator<Edge> {
    for (const edges of this.#byPrincipal.values()) yield* edges.values()
  }

  get({ principal, name }: EdgeKey): Edge | undefined {
    return this.#byPrincipal.get(principal)?.get(name)
  }

  /** All of this name. */
  named(name: string): Iterable<Edge> {
    return this.#byName.get(name) ?? []
  }

  /** Returns the one that is forgotten in its place, if any. */
  put(edge: Edge): Edge | undefined {
    const { principal, name } = edge.login
    this.delete(edge.login)
    getOrAdd(this.#byPrincipal, principal, () => new Map<string, Edge>()).set(name, edge)
    getOrAdd(this.#byName, name, () => new Set<Edge>()).add(edge)
    this.size++
    const surplus = this.size > this.#most ? this.#leftFirst() : undefined
    if (surplus !== undefined) this.delete(surplus.login)
    return surplus
  }

  delete(login: EdgeKey): void {
    const edge = this.get(login)
    if (edge === undefined) return
    const { principal, name } = login
    this.size--
    const edges = this.#byPrincipal.get(principal)
    edges?.delete(name)
    if (edges?.size === 0) this.#byPrincipal.delete(principal)
    const namesakes = this.#byName.get(name)
    namesakes?.delete(edge)
    if (namesakes?.size === 0) this.#byName.delete(name)
  }

  #leftFirst(): Edge | undefined {
    let most: ReadonlyMap<string, Edge> = new Map()
    for (const edges of this.#byPrincipal.values()) if (edges.size > most.size) most = edges
    for (const edge of most.values()) if (!edge.isUp) return edge
    return undefined
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
