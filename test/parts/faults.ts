import { Boundary, type PartFault, partFaults } from '../../src/parts/boundary.js'
import { coreFaults } from '../../src/parts/core.js'
import type { PartKind } from '../../src/parts/part.js'

/** What parts and the core throw during a test. */
export class Faults implements Disposable {
  readonly parts: [part: string, thrown: unknown][] = []
  readonly core: unknown[] = []

  constructor() {
    partFaults.subscribe(this.#ofPart)
    coreFaults.subscribe(this.#ofCore)
  }

  [Symbol.dispose](): void {
    partFaults.unsubscribe(this.#ofPart)
    coreFaults.unsubscribe(this.#ofCore)
  }

  readonly #ofPart = (message: unknown): void => {
    const { part, thrown } = message as PartFault
    this.parts.push([`${part.kind} ${part.name}`, thrown])
  }
  readonly #ofCore = (fault: unknown): void => void this.core.push((fault as Error).cause)
}

/** A part that notes with what it fails. */
export function partOf(kind: PartKind, name = 'test'): { part: Boundary; failures: unknown[] } {
  const failures: unknown[] = []
  return { part: new Boundary(kind, name, (thrown) => failures.push(thrown)), failures }
}

export function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown
  }
}
