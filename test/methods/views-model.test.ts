import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import type { ViewInfo } from '../../src/methods/contract/index.js'
import { ViewStore } from '../../src/methods/view-store.js'
import { Command, command } from '../bus/model/command.js'
import { chance, runs } from '../bus/model/settings.js'
import { clockByHand } from '../helpers/fake-runtime.js'
import { ENGINES, type EngineName, RestartedState, turns } from '../state/restarted-state.js'

const DAY = 86_400_000
const OWNERS = ['ann', 'b/c', 'ö']

interface Change {
  kind: 'save' | 'replace' | 'rename' | 'delete'
  owner: string
  name: string
  to: string
}

/** The views of a hub that is stopped and killed, beside those that there should be. */
class ViewWorld {
  readonly failures: string[] = []
  readonly runtime = clockByHand()
  readonly #principals = new Set(OWNERS)
  #state!: RestartedState
  #views!: ViewStore
  #expected = new Map<string, ViewInfo>()
  #saved = 0

  static async open(engine: EngineName): Promise<ViewWorld> {
    const world = new ViewWorld()
    world.#state = await RestartedState.open(world.runtime, engine)
    world.#start()
    return world
  }

  set full(full: boolean) {
    this.#state.full = full
  }

  async change(change: Change): Promise<void> {
    const { expected, view } = this.#wanted(change)
    const code = await this.#perform(change, view).then(
      () => 'done',
      (error) => (TocsinError.is(error) ? error.code : 'no room'),
    )
    if (code === 'no room') await this.#adopt(change)
    else if (code !== expected) this.failures.push(`${code} instead of ${expected}`)
    else if (code === 'done') this.#apply(change, view)
    await this.check()
  }

  /** Kills the hub some turns after the change has begun. */
  async crashIn(change: Change, after: number): Promise<void> {
    this.#perform(change, this.#wanted(change).view).catch(() => undefined)
    await turns(after)
    this.#state.crash()
    await this.restart()
    await this.#adopt(change)
    await this.check()
  }

  async restart(): Promise<void> {
    await this.#state.reopen()
    this.#start()
  }

  /** Takes the principal away for some days, and then adds it again. */
  async leave(owner: string, days: number): Promise<void> {
    this.#principals.delete(owner)
    await this.check()
    if (this.#state.full) return void this.#principals.add(owner)
    await this.runtime.pass(days * DAY)
    const lists = await this.#views.list(OWNERS.find((each) => each !== owner)!)
    if (lists.some((view) => view.owner === owner))
      this.failures.push(`${owner} is gone, and its views are not`)
    this.#principals.add(owner)
    if (days > 30)
      for (const [key, view] of this.#expected) if (view.owner === owner) this.#expected.delete(key)
    await this.check()
  }

  async check(): Promise<void> {
    // A list notes whose owners are gone, for which there must be room.
    if (this.#state.full) return
    for (const owner of OWNERS) {
      const found = await this.#views.list(owner)
      const isListed = (view: ViewInfo) =>
        this.#principals.has(view.owner) && (view.shared || view.owner === owner)
      const expected = [...this.#expected.values()].filter(isListed)
      expect(inOrder(found)).toEqual(inOrder(expected))
    }
  }

  close(): Promise<void> {
    return this.#state.close()
  }

  #start(): void {
    const bucket = this.#state.store.bucket('views')
    this.#views = new ViewStore(bucket, this.runtime, (name) => this.#principals.has(name))
  }

  #wanted({ kind, owner, name, to }: Change): { expected: string; view: ViewInfo } {
    const known = this.#expected.get(keyOf(owner, name))
    const isTaken = this.#expected.has(keyOf(owner, to))
    const query = `f=${++this.#saved}`
    const fresh = { name, owner, shared: this.#saved % 2 === 0, query, changed: this.runtime.now() }
    const view = kind === 'rename' && known ? { ...known, name: to, changed: fresh.changed } : fresh
    if (kind === 'replace') return { expected: 'done', view }
    if (kind === 'save') return { expected: known ? 'TCN_VIEW_CONFLICT' : 'done', view }
    if (known === undefined) return { expected: 'TCN_VIEW_UNKNOWN', view }
    const isSame = kind === 'rename' && name === to
    if (isSame) return { expected: 'done', view: known }
    return { expected: kind === 'rename' && isTaken ? 'TCN_VIEW_CONFLICT' : 'done', view }
  }

  #perform({ kind, owner, name, to }: Change, { changed: _, ...view }: ViewInfo): Promise<unknown> {
    if (kind === 'rename') return this.#views.rename(owner, name, to)
    if (kind === 'delete') return this.#views.delete(owner, name)
    return this.#views.save(view, kind === 'replace')
  }

  #apply({ kind, owner, name }: Change, view: ViewInfo): void {
    if (kind === 'rename' || kind === 'delete') this.#expected.delete(keyOf(owner, name))
    if (kind !== 'delete') this.#expected.set(keyOf(owner, view.name), view)
  }

  /** The change may have been made: nothing else may differ, and a view that is renamed has one of its names or both. */
  async #adopt({ kind, owner, name, to }: Change): Promise<void> {
    const isFull = this.#state.full
    this.#state.full = false
    const found = await this.#views.list(owner)
    this.#state.full = isFull
    const before = this.#expected.get(keyOf(owner, name))
    for (const each of kind === 'rename' ? [name, to] : [name]) {
      const view = found.find((other) => other.owner === owner && other.name === each)
      if (view === undefined) this.#expected.delete(keyOf(owner, each))
      else this.#expected.set(keyOf(owner, each), view)
    }
    const isLost = kind !== 'delete' && ![name, to].some((each) => this.#expected.has(keyOf(owner, each)))
    if (before !== undefined && isLost) this.failures.push(`${owner} has lost ${name}`)
  }
}

function keyOf(owner: string, name: string): string {
  return JSON.stringify([owner, name])
}

function inOrder(views: readonly ViewInfo[]): ViewInfo[] {
  return [...views].sort((a, b) => (keyOf(a.owner, a.name) < keyOf(b.owner, b.name) ? -1 : 1))
}

const owner = fc.constantFrom(...OWNERS)
const name = fc.constantFrom('a', 'a/b', 'ü %2F', '__proto__')
const change = {
  kind: fc.constantFrom(...(['save', 'save', 'replace', 'rename', 'delete'] as const)),
  owner,
  name,
  to: name,
}

const commands = fc.commands<object, ViewWorld, false>(
  [
    command<ViewWorld, Change>('change', change, (world, chosen) => world.change(chosen)),
    command<ViewWorld, Change>('change', change, (world, chosen) => world.change(chosen)),
    command<ViewWorld, Change & { after: number }>(
      'crash in',
      { ...change, after: fc.nat(12) },
      (world, { after, ...chosen }) => world.crashIn(chosen, after),
    ),
    command<ViewWorld, { owner: string; days: number }>(
      'leave',
      { owner, days: fc.constantFrom(1, 29, 31) },
      (world, { owner, days }) => world.leave(owner, days),
    ),
    command<ViewWorld, { full: boolean }>('disk', { full: fc.boolean() }, (world, { full }) => {
      world.full = full
    }),
    fc.constant(new Command<ViewWorld>('restart', (world) => world.restart())),
  ],
  { maxCommands: 25, size: 'max' },
)

it.each(ENGINES)(
  'views are those that were saved, renamed and deleted, also after crashes and with a full disk: %s',
  async (engine) => {
    const property = fc.asyncProperty(commands, async (commands) => {
      const world = await ViewWorld.open(engine)
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands)
        await world.restart()
        await world.check()
        expect(world.failures).toEqual([])
      } finally {
        await world.close()
      }
    })
    await fc.assert(property, chance(engine === 'memory' ? Math.ceil(runs / 2) : Math.ceil(runs / 20)))
  },
  600_000,
)
