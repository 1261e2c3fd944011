import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HubProcess } from '../../e2e/hub-process.js'
import { difference, Pacer, type Part, type Scene, type StoredEvents } from './part.js'

/** An edge hub that forwards to the hub, and is killed too now and then: each of its events arrives once, in order. */
export class Edge implements Part {
  readonly config = {}
  readonly #scene: Scene
  readonly #folder: string
  readonly #pacer: Pacer
  #edge: HubProcess | undefined

  constructor(scene: Scene) {
    this.#scene = scene
    this.#folder = join(scene.folder, 'edge')
    mkdirSync(this.#folder, { mode: 0o700 })
    this.#pacer = new Pacer(scene, 'edge', () => 'edge/beat', join(this.#folder, 'tocsin.sock'))
  }

  async begin(): Promise<void> {
    this.#edge ??= await this.#start()
    await this.#pacer.begin()
  }

  async killed(): Promise<void> {
    if (this.#scene.random(3) > 0) return
    await this.#edge?.signal('SIGKILL')
    this.#edge = undefined
  }

  async stop(): Promise<void> {
    await this.#pacer.stop()
  }

  check(log: StoredEvents): string[] {
    const wanted = Array.from({ length: this.#pacer.sent }, (_, i) => i + 1)
    return difference('events of the edge hub', log.numbers('edge/'), wanted)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#edge?.[Symbol.asyncDispose]()
  }

  #start(): Promise<HubProcess> {
    const upstream = { name: 'core', edge: 'e', servers: [this.#scene.address], filter: ['edge/'] }
    return HubProcess.start({
      folder: this.#folder,
      config: JSON.stringify({ upstreams: [{ ...upstream, from: 'start' }] }),
    })
  }
}
