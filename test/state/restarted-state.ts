import { openLmdbState, openMemoryState, type StateStore } from '../../src/state/index.js'
import { BrittleState } from '../bus/model/brittle-state.js'
import type { FakeRuntime } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

export const ENGINES = ['memory', 'lmdb'] as const
export type EngineName = (typeof ENGINES)[number]

/** A state that one hub leaves to the next: the last writes of one that crashes may be missing. */
export class RestartedState {
  readonly #runtime: FakeRuntime
  readonly #folder: string | undefined
  #store: StateStore
  #brittle: BrittleState

  private constructor(runtime: FakeRuntime, store: StateStore, folder: string | undefined) {
    this.#runtime = runtime
    this.#folder = folder
    this.#store = store
    this.#brittle = new BrittleState(store, runtime)
  }

  /** The event loop of the runtime must be the real one. */
  static async open(runtime: FakeRuntime, engine: EngineName): Promise<RestartedState> {
    if (engine === 'memory') return new RestartedState(runtime, openMemoryState({ runtime }), undefined)
    const folder = temporaryFolder('restarted-state')
    return new RestartedState(runtime, await openLmdbState({ runtime, folder }), folder)
  }

  get store(): StateStore {
    return this.#brittle.store
  }

  get full(): boolean {
    return this.#brittle.full
  }

  /** While it is full, no write succeeds. */
  set full(full: boolean) {
    this.#brittle.full = full
  }

  /** Resolves when all that was to be written has been, or has failed. */
  settled(): Promise<void> {
    return this.#brittle.settled()
  }

  /** What is being written when a hub crashes is not written. */
  crash(): void {
    this.#brittle.dead = true
  }

  /** Opens the state for the next hub, with room to write. */
  async reopen(): Promise<void> {
    // A write that had begun is written before the next hub reads.
    await turns(3)
    if (this.#folder !== undefined) {
      await this.#store.close()
      this.#store = await openLmdbState({ runtime: this.#runtime, folder: this.#folder })
    }
    this.#brittle = new BrittleState(this.#store, this.#runtime)
  }

  close(): Promise<void> {
    return this.#store.close()
  }
}

/** Lets some turns of the event loop pass, in which writes may end. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((done) => setImmediate(done))
}
