import { effect, type Signal } from '@preact/signals'
import type { connection as hubConnection } from '../../../hub/connection.js'
import type { KnownTypes } from '../../../hub/types.js'
import { spokenStrings as text } from '../../../strings/spoken.js'
import { strings } from '../../../strings.js'
import { isFollowing, type ListState } from '../list-state.js'
import type { eventText } from '../row-text.js'
import type { Tail } from '../tail.js'

/** A line of the log. */
export interface Line {
  readonly number: number
  readonly text: string
}

/**
 * Modules that the page has loaded already. An import would make a file of its own of them, which is loaded first.
 */
export interface Loaded {
  readonly types: KnownTypes
  readonly eventText: typeof eventText
  readonly connection: typeof hubConnection
}

const LOOK_EVERY_MS = 1000
/** Up to so many rows, in so many looks, are said one by one. */
const FEW = 3
const LOOKS = 5
/** Lines that are kept. */
const KEPT = 20

/**
 * Says what happens in the list: each event while few come, how many when many begin to come, and in any case where
 * events are missing. Events that are not said are not looked into.
 */
export class Speech {
  readonly #tail: Tail
  readonly #loaded: Loaded
  readonly #lines: Signal<readonly Line[]>
  readonly #ends: readonly (() => void)[]
  #mode: ListState
  /** Number of the first row that was not looked at. */
  #next: number
  /** Rows that came between the last looks. */
  #came: number[] = []
  #isMany = false
  /** Rows that are no events, since the last look. */
  #marks: string[] = []
  #number = 0
  #connection: Loaded['connection']['value']

  constructor(tail: Tail, loaded: Loaded, lines: Signal<readonly Line[]>) {
    this.#tail = tail
    this.#loaded = loaded
    this.#connection = loaded.connection.peek()
    this.#lines = lines
    // This code is loaded a while after the list has begun to follow.
    const follows = isFollowing(tail.mode.peek())
    this.#mode = follows ? 'live' : 'loading'
    this.#next = follows ? 0 : tail.store.end
    tail.store.onMark = ({ text }) => {
      this.#marks = [...this.#marks, text].slice(-KEPT)
    }
    const timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
    this.#ends = [
      () => clearInterval(timer),
      effect(() => this.#onMode(tail.mode.value)),
      effect(() => this.#say(tail.failure.value?.message ?? '')),
      effect(() => this.#onConnection(loaded.connection.value)),
    ]
  }

  close(): void {
    this.#tail.store.onMark = () => {}
    for (const end of this.#ends) end()
  }

  #onMode(state: ListState): void {
    // An alert says that the connection is lost.
    const mode = isFollowing(state) ? 'live' : state
    if (mode === this.#mode) return
    this.#look()
    this.#mode = mode
    this.#came = []
    this.#isMany = false
    this.#say(text.modes[mode])
  }

  /** An alert says that it is lost. */
  #onConnection(state: Loaded['connection']['value']): void {
    if (this.#connection === 'lost' && state === 'connected') this.#say(strings.connection.connected)
    this.#connection = state
  }

  #look(): void {
    const { store } = this.#tail
    const { end } = store
    const from = Math.min(this.#next, end)
    this.#next = end
    const marks = this.#marks
    this.#marks = []
    const isMoving = this.#mode === 'live' || this.#mode === 'replaying'
    if (isMoving) this.#came = [...this.#came, end - from].slice(-LOOKS)
    const came = this.#came.reduce((sum, each) => sum + each, 0)
    const wasMany = this.#isMany
    this.#isMany = came > FEW
    if (isMoving && !this.#isMany) this.#say(...this.#textsOf(from, end))
    else this.#say(...marks)
    if (this.#isMany && !wasMany) this.#say(text.many(Math.ceil(came / this.#came.length)))
  }

  #textsOf(from: number, end: number): string[] {
    return Array.from({ length: end - from }, (_, nth) => {
      const item = this.#tail.store.at(from + nth)
      if (item === undefined) return ''
      if ('text' in item) return item.text
      const { severity, tag, summary } = this.#loaded.eventText(item, this.#loaded.types)
      return text.event(severity, tag, summary)
    })
  }

  #say(...texts: readonly string[]): void {
    const said = texts.filter((each) => each !== '')
    if (said.length === 0) return
    const lines = said.map((each) => ({ number: this.#number++, text: each }))
    this.#lines.value = [...this.#lines.peek(), ...lines].slice(-KEPT)
  }
}
