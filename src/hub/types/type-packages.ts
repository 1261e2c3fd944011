import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import type { TypeChanges } from '../../methods/contract/index.js'
import type { EventType, TypeRegistry } from '../../types/index.js'
import { readTypeFolder } from './type-folder.js'

type TypesByName = ReadonlyMap<string, EventType>

interface Loaded {
  readonly folder: string | undefined
  readonly types: TypesByName
}

/** Types that were checked, and can take the place of those in force. */
export interface PreparedTypes {
  readonly changes: TypeChanges
  swap(): void
  /** Brings back those from before the swap. */
  undo(): void
}

/** The event types that the files of a folder define. */
export class TypePackages {
  readonly #registry: TypeRegistry
  #loaded: Loaded = { folder: undefined, types: new Map() }

  constructor(registry: TypeRegistry) {
    this.#registry = registry
  }

  /** Loads the types of a folder at the start. Rejects with TCN_TYPE_FILE, or TCN_TYPE_INVALID. */
  async load(folder: string | undefined): Promise<void> {
    const prepared = await this.prepare(folder)
    prepared.swap()
  }

  /** Goes over to another folder. Without a change, nothing is read. */
  async change(folder: string | undefined): Promise<void> {
    if (folder !== this.#loaded.folder) await this.load(folder)
  }

  /** Reads and checks a folder, and changes nothing yet. */
  async prepare(folder: string | undefined): Promise<PreparedTypes> {
    const before = this.#loaded
    const read = folder === undefined ? [] : await readTypeFolder(expandHome(folder, pathEnvironment()))
    const types = this.#registry.check(new Set(before.types.keys()), read)
    const after: Loaded = { folder, types: new Map(types.map((each) => [each.type, each])) }
    return {
      changes: changesBetween(before.types, after.types),
      swap: () => this.#swap(after),
      undo: () => this.#swap(before),
    }
  }

  #swap(next: Loaded): void {
    this.#registry.replace(new Set(this.#loaded.types.keys()), [...next.types.values()])
    this.#loaded = next
  }
}

function changesBetween(before: TypesByName, after: TypesByName): TypeChanges {
  const isSame = (one: EventType, other: EventType) => JSON.stringify(one) === JSON.stringify(other)
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    changed: [...after].flatMap(([name, type]) => {
      const known = before.get(name)
      return known === undefined || isSame(known, type) ? [] : [name]
    }),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  }
}
