import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConsolePage } from '../sides/console-page.js'
import { startHub } from '../sides/hub.js'
import { startNats } from '../sides/nats-server.js'
import { type NatsServers, startNatsServers } from '../sides/nats-servers.js'
import type { RunningSide } from '../sides/side.js'
import { UnwatchedConsole } from '../sides/unwatched-console.js'
import { type Child, startChild } from './child.js'

/** Data is on the disk of the checkout, since a temporary folder may be in memory. */
const dataRoot = fileURLToPath(new URL('../../../bench-data', import.meta.url))

/** The environment of a row. Everything started or created through it is removed after the row. */
export class Bench {
  readonly quick: boolean
  readonly say: (text: string) => void
  readonly #program: string | undefined
  readonly #folder: string
  readonly #sockets: string
  /** Everything that is started, or still starting. */
  readonly #started: Promise<{ stop(): Promise<void> }>[] = []
  #names = 0

  /** `program`: the hub to start; default: the one that is built here. */
  constructor(quick: boolean, say: (text: string) => void, program?: string) {
    this.quick = quick
    this.say = say
    this.#program = program
    mkdirSync(dataRoot, { recursive: true })
    this.#folder = mkdtempSync(join(dataRoot, 'row-'))
    this.#sockets = mkdtempSync(join(tmpdir(), 'tocsin-bench-'))
  }

  get rounds(): number {
    return this.quick ? 3 : 5
  }

  /** Rounds of a row that compares two processes: in a quick run short ones, so many that those disturbed do not count. */
  get turns(): number {
    return this.quick ? 9 : 5
  }

  /** The same environment with another hub. */
  of(program: string): Bench {
    const other = new Bench(this.quick, this.say, program)
    this.#started.push(Promise.resolve({ stop: () => other.cleanUp() }))
    return other
  }

  folder(): string {
    return join(this.#folder, String(++this.#names))
  }

  /** Returns a path that is short enough for a unix socket. */
  socketPath(): string {
    return join(this.#sockets, `${++this.#names}.sock`)
  }

  async child(role: string, options: object, nodeFlags?: string[]): Promise<Child> {
    return this.#keep(startChild(role, options, nodeFlags))
  }

  async hub(config?: string, folder = this.folder(), nodeFlags?: string[]): Promise<RunningSide> {
    return this.#keep(
      startHub({ folder, socket: this.socketPath(), config, nodeFlags, program: this.#program }),
    )
  }

  /** With the sources of its configuration. */
  async sourceHub(config: string, folder = this.folder(), nodeFlags?: string[]): Promise<RunningSide> {
    const [socket, program] = [this.socketPath(), this.#program]
    return this.#keep(startHub({ folder, socket, config, sources: true, nodeFlags, program }))
  }

  /** A page of the web console of this hub, which speaks HTTP. */
  async consolePage(hub: RunningSide): Promise<ConsolePage> {
    return this.#keep(ConsolePage.open(hub.address))
  }

  /** The events of this hub in the web console, for measuring the memory of the page. */
  async unwatchedConsole(hub: RunningSide): Promise<UnwatchedConsole> {
    return this.#keep(UnwatchedConsole.open(hub.address, this.folder()))
  }

  async nats(withJetStream = false): Promise<RunningSide> {
    return this.#keep(startNats(this.folder(), withJetStream))
  }

  /** Servers of NATS with JetStream: one, or three that form a cluster. Both ends of the row share them. */
  async natsServers(count: 1 | 3): Promise<NatsServers> {
    return this.#keep(startNatsServers(this.folder(), count))
  }

  async cleanUp(): Promise<void> {
    const started = await Promise.allSettled(this.#started)
    const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    await Promise.all(running.map((each) => each.stop()))
    rmSync(this.#folder, { recursive: true, force: true })
    rmSync(this.#sockets, { recursive: true, force: true })
  }

  #keep<Started extends { stop(): Promise<void> }>(started: Promise<Started>): Promise<Started> {
    this.#started.push(started)
    return started
  }
}

/** Runs all functions in turn, `rounds` times, in alternating order. Returns a list of results for each function. */
export async function alternate<Result>(
  rounds: number,
  runs: (() => Promise<Result>)[],
): Promise<Result[][]> {
  const results: Result[][] = runs.map(() => [])
  for (let round = 0; round < rounds; round++) {
    const order = runs.map((_, i) => (round % 2 === 0 ? i : runs.length - 1 - i))
    for (const i of order) results[i].push(await runs[i]())
  }
  return results
}
