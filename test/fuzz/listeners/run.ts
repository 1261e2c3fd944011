import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '../../e2e/hub-process.js'
import { type Random, randomFrom } from '../mutations.js'
import { FuzzedHub } from './fuzzed-hub.js'
import { type Listener, listenersOf } from './listeners.js'
import { GoodPeers } from './probes.js'
import type { OpenApi } from './sample.js'
import { vary } from './talk.js'
import { faultIn } from './watch.js'

export interface FuzzOptions {
  seconds: number
  seed: number
  /** Names of listeners; default: all. */
  only?: readonly string[]
  /** Peers at each listener. */
  peers?: number
  firstPort: number
  report?(line: string): void
}

export interface FuzzResult {
  /** Changed messages by listener. */
  inputs: Record<string, number>
  /** Conversations of peers without a fault that were answered as they must be. */
  served: number
  findings: Finding[]
  /** Sockets that the hub has open. */
  sockets: { before: number; after: number }
  residentBytes: { before: number; after: number }
}

export interface Finding {
  listener: string
  what: string
  /** File with the last conversations of every listener. */
  file: string
}

const honest = () => '127.0.0.1'
const hostile = (random: Random) => () => `127.${1 + random(250)}.${random(256)}.${1 + random(250)}`
/** Conversations that are kept for a finding. */
const KEPT = 50
const PROBE_EVERY_MS = 500
const SETTLED_MS = 60_000

/** Attacks all listeners of one hub side by side, while peers without a fault must be served at each of them. */
export async function fuzzListeners(options: FuzzOptions): Promise<FuzzResult> {
  const hub = await FuzzedHub.start(options.firstPort)
  await using _ = hub
  const run = await Run.open(hub, options)
  return await run.all()
}

interface Peers {
  hostile: Listener[]
  honest: Listener[]
}

/** Sends the conversations of a finding again, in the order in which each listener got them. Returns what is found. */
export async function replayFinding(file: string, options: Omit<FuzzOptions, 'seed'>): Promise<FuzzResult> {
  const { last } = JSON.parse(readFileSync(file, 'utf8')) as { last: Record<string, string[][]> }
  const hub = await FuzzedHub.start(options.firstPort)
  await using _ = hub
  const run = await Run.open(hub, { ...options, seed: 0 })
  return await run.all(last)
}

class Run {
  readonly #hub: FuzzedHub
  readonly #options: FuzzOptions
  readonly #listeners: Peers
  readonly #good: GoodPeers
  readonly #inputs: Record<string, number> = {}
  readonly #findings: Finding[] = []
  readonly #last = new Map<string, string[][]>()
  #isOver = false
  #isDone = false
  #hasEnded = false

  private constructor(hub: FuzzedHub, options: FuzzOptions, listeners: Peers, good: GoodPeers) {
    this.#hub = hub
    this.#options = options
    this.#listeners = listeners
    this.#good = good
  }

  static async open(hub: FuzzedHub, options: FuzzOptions): Promise<Run> {
    const { places } = hub
    const description = await fetch(`http://127.0.0.1:${places.http}/v1/openapi.json`, {
      headers: { authorization: `Bearer ${places.token}` },
    })
    const api = (await description.json()) as OpenApi
    const from = (address: () => string) =>
      listenersOf(places, api, address).filter(({ name }) => options.only?.includes(name) ?? true)
    const good = await GoodPeers.open(places.unix, places)
    return new Run(
      hub,
      options,
      { hostile: from(hostile(randomFrom(options.seed))), honest: from(honest) },
      good,
    )
  }

  /** `recorded`: conversations to send instead of new ones. */
  async all(recorded?: Record<string, string[][]>): Promise<FuzzResult> {
    const { seconds, peers = 2, seed } = this.#options
    void this.#hub.ended.then(({ code, stderr }) => {
      this.#hasEnded = true
      if (!this.#isDone) this.#found('hub', `the hub ended with ${code}: ${stderr.slice(-2000)}`)
      this.#isOver = true
    })
    const before = this.#measure()
    const timer = setTimeout(() => (this.#isOver = true), seconds * 1000)
    const progress = setInterval(() => this.#options.report?.(this.#summary()), 10_000)
    await Promise.all(
      this.#listeners.hostile.flatMap((listener, index) => [
        ...Array.from({ length: peers }, (_, peer) =>
          this.#attack(listener, randomFrom(seed + 1000 * index + peer), recorded?.[listener.name]),
        ),
        this.#probe(this.#listeners.honest[index], randomFrom(seed + index)),
      ]),
    )
    clearTimeout(timer)
    clearInterval(progress)
    const after = await this.#settled(before.sockets)
    this.#isDone = true
    await this.#good.close()
    return {
      inputs: this.#inputs,
      served: this.#good.served,
      findings: this.#findings,
      sockets: { before: before.sockets, after: after.sockets },
      residentBytes: { before: before.residentBytes, after: after.residentBytes },
    }
  }

  async #attack({ name, talk, say }: Listener, random: Random, recorded?: string[][]): Promise<void> {
    for (let nth = 0; !this.#isOver; nth++) {
      const { messages, changed } = recorded ? again(recorded, nth) : vary(talk(random), random)
      this.#remember(name, messages)
      const answer = await say(messages, random(3) > 0 ? 'short' : 'none')
      this.#inputs[name] = (this.#inputs[name] ?? 0) + changed
      const fault = faultIn(answer)
      if (fault !== undefined) this.#found(name, `an answer has ${fault}`)
    }
  }

  async #probe(listener: Listener, random: Random): Promise<void> {
    while (!this.#isOver) {
      await this.#good
        .check(listener, random)
        .catch((error: Error) => this.#found(listener.name, error.message))
      for (const line of this.#hub.newLines()) {
        const fault = faultIn(line)
        if (fault !== undefined) this.#found(listener.name, `the hub wrote: ${fault}`)
      }
      await pause(PROBE_EVERY_MS)
    }
  }

  #remember(name: string, messages: Uint8Array[]): void {
    const kept = this.#last.get(name) ?? []
    kept.push(messages.map((message) => Buffer.from(message).toString('hex')))
    if (kept.length > KEPT) kept.shift()
    this.#last.set(name, kept)
  }

  #found(listener: string, what: string): void {
    if (this.#findings.some((known) => known.listener === listener && known.what === what)) return
    const folder = join(root, '.cache/fuzz')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `finding-${this.#options.seed}-${listener}-${this.#findings.length}.json`)
    writeFileSync(file, JSON.stringify({ listener, what, last: Object.fromEntries(this.#last) }, null, 1))
    this.#findings.push({ listener, what, file })
    this.#options.report?.(`FOUND ${listener}: ${what}\n  ${file}`)
  }

  #measure(): { sockets: number; residentBytes: number } {
    if (this.#hasEnded) return { sockets: 0, residentBytes: 0 }
    return { sockets: this.#hub.sockets(), residentBytes: this.#hub.residentBytes() }
  }

  /** Waits until the hub has closed what belonged to the peers. */
  async #settled(sockets: number): Promise<{ sockets: number; residentBytes: number }> {
    const end = Date.now() + SETTLED_MS
    while (this.#measure().sockets > sockets && Date.now() < end) await pause(200)
    return this.#measure()
  }

  #summary(): string {
    const total = Object.values(this.#inputs).reduce((sum, count) => sum + count, 0)
    const each = Object.entries(this.#inputs).map(([name, count]) => `${name} ${count}`)
    const { sockets, residentBytes } = this.#measure()
    return `${total} inputs (${each.join(', ')}), ${this.#good.served} served, ${sockets} sockets, ${Math.round(residentBytes / 2 ** 20)} MiB`
  }
}

function again(recorded: string[][], nth: number): { messages: Uint8Array[]; changed: number } {
  const messages = recorded[nth % recorded.length].map((message) => Buffer.from(message, 'hex'))
  return { messages, changed: messages.length }
}
