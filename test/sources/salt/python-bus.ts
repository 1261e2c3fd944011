import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { requireTool } from '../../helpers/tools.js'

const script = fileURLToPath(new URL('salt-bus.py', import.meta.url))

interface Told {
  ready?: true
  subscribers?: number
  pulled?: string
  data?: Record<string, unknown>
}

/** The daemon to whose bus a source attaches, in a process of its own. */
export class PythonBus implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly told: Told[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    createInterface({ input: child.stdout! }).on('line', (line) => this.told.push(JSON.parse(line)))
  }

  static async start(
    sockDir: string,
    { prefix = 'master_event', framing = 'new' }: { prefix?: string; framing?: 'new' | 'old' } = {},
  ): Promise<PythonBus> {
    const python = requireTool('python3-msgpack')
    const child = spawn(python, [script, sockDir, prefix, '--framing', framing], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const bus = new PythonBus(child)
    await bus.until(() => bus.told.some(({ ready }) => ready))
    return bus
  }

  /** Returns tag and data of the events that were sent to it. */
  get pulled(): [string, Record<string, unknown>][] {
    return this.told.flatMap(({ pulled, data = {} }) => (pulled === undefined ? [] : [[pulled, data]]))
  }

  async subscribers(count: number): Promise<void> {
    await this.until(() => this.told.findLast((one) => one.subscribers !== undefined)?.subscribers === count)
  }

  fire(tag: string, data: Record<string, unknown> = {}): void {
    this.command({ fire: [tag, data] })
  }

  command(command: Record<string, unknown>): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`)
  }

  async until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(condition, { timeout: 30_000, interval: 20 })
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
