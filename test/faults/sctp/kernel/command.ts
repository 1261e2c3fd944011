import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs `tocsin <args>` from the built program, in the kernel of the case. */
export class Command {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly #closed: Promise<unknown[]>
  /** Whether all output has been read, which may be after the process has ended. */
  #complete = false

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [process.env.sctp_main!, ...args])
    this.child.stdout!.on('data', (chunk) => (this.stdout += chunk))
    this.child.stderr!.on('data', (chunk) => (this.stderr += chunk))
    this.#closed = once(this.child, 'close')
    this.child.once('close', () => (this.#complete = true))
  }

  /** Resolves with the exit code. */
  async ended(): Promise<number> {
    return (await this.#closed)[0] as number
  }

  async says(where: 'stdout' | 'stderr', text: string): Promise<void> {
    while (!this[where].includes(text)) {
      if (this.#complete) throw new Error(`ended without ${text}: ${this.stderr}`)
      await Promise.race([once(this.child[where]!, 'data'), this.#closed])
    }
  }
}
