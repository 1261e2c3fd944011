import { openSync, readFileSync, readSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { Script } from 'node:vm'
import { loadWithCodeCache } from './code-cache.js'

type LoadModule = (name: string) => object

/** A module of the program: it takes what it needs from others, and returns what they need from it. */
type ProgramModule = (
  load: LoadModule,
  later: (name: string) => Promise<object>,
  require: NodeJS.Require,
  importPackage: (name: string) => Promise<unknown>,
  defaultOf: (loaded: { default?: unknown }) => unknown,
  place: string,
  file: string,
) => object

/** The build writes it beside the modules (scripts/modules.mjs). */
interface ModuleIndex {
  /** The file of all modules that a hub may need. */
  hub: string
  modules: Record<string, { file: string; start: number; length: number }>
}

/**
 * The modules of the program. A command reads and compiles those that it needs, one after the other; a hub takes the
 * compiled code of all that it may need from its last start.
 */
export class Modules {
  readonly #place: string
  readonly #index: ModuleIndex
  readonly #require: NodeJS.Require
  readonly #files = new Map<string, number>()
  readonly #loaded = new Map<string, object>()
  #compiled: Record<string, ProgramModule> = {}

  /** `place`: the address of a file in the folder of the modules. */
  constructor(place: string) {
    this.#place = place
    this.#index = JSON.parse(readFileSync(this.#pathOf('modules.json'), 'utf8'))
    this.#require = createRequire(place)
  }

  /** Returns whether the code of the modules of a hub was compiled before. `started`: see `loadWithCodeCache`. */
  compileHub(started: string): boolean {
    const file = this.#pathOf(this.#index.hub)
    const loaded = loadWithCodeCache(file, started, this.#compiled)
    this.#compiled = loaded.exports
    return loaded.isCached
  }

  /** Loads the module with which a program begins, and returns what it exports. */
  begin(entry: string): object {
    return this.#load(`${entry}.js`)
  }

  readonly #load: LoadModule = (name) => {
    const known = this.#loaded.get(name)
    if (known !== undefined) return known
    const module = this.#compiled[name] ?? this.#compile(name)
    const place = this.#place
    const file = fileURLToPath(place)
    const exports = module(this.#load, this.#later, this.#require, importPackage, defaultOf, place, file)
    this.#loaded.set(name, exports)
    return exports
  }

  readonly #later = async (name: string): Promise<object> => this.#load(name)

  #compile(name: string): ProgramModule {
    const { file, start, length } = this.#index.modules[name]
    const descriptor = this.#files.get(file) ?? openSync(this.#pathOf(file), 'r')
    this.#files.set(file, descriptor)
    const bytes = Buffer.allocUnsafe(length)
    readSync(descriptor, bytes, 0, length, start)
    // Its own name, so that a stack trace tells which module it is.
    return new Script(bytes.toString('latin1'), { filename: this.#pathOf(name) }).runInThisContext()
  }

  #pathOf(name: string): string {
    return fileURLToPath(new URL(name, this.#place))
  }
}

/** Code from a cache cannot import: this does it for all modules. */
function importPackage(name: string): Promise<unknown> {
  return import(name)
}

/** The default import of a package, which is all of it if it is in CommonJS. */
function defaultOf(loaded: { default?: unknown }): unknown {
  return types.isModuleNamespaceObject(loaded) ? loaded.default : loaded
}
