import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { describeFailure } from '../../src/cli/help/failure.js'
import { Ending, type Io } from '../../src/cli/io.js'
import { buildProgram } from '../../src/cli/program.js'
import { colorsFor } from '../../src/cli/terminal/colors.js'
import { OutputStream } from '../../src/cli/terminal/output-stream.js'

/** A tocsin command that runs in this process. */
export class RunningCommand {
  stdout = ''
  stderr = ''
  readonly stdin = new PassThrough()
  /** The exit status. */
  readonly ended: Promise<number>
  readonly #stop = new AbortController()
  readonly #listeners = new Set<() => void>()

  constructor(args: readonly string[], env: Io['env'] = {}) {
    this.ended = this.#run(args, env)
  }

  /** Resolves when the command has printed the text. */
  prints(text: string): Promise<void> {
    return this.#until(() => this.stdout.includes(text))
  }

  /** The same for standard error. */
  says(text: string): Promise<void> {
    return this.#until(() => this.stderr.includes(text))
  }

  async #until(condition: () => boolean): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const check = () => condition() && resolve()
      this.#listeners.add(check)
      check()
    })
    const early = this.ended.then((code) => {
      if (!condition()) throw new Error(`ended with ${code}: ${this.stdout}${this.stderr}`)
    })
    await Promise.race([seen, early])
  }

  /** Interrupts the command like Ctrl-C. */
  interrupt(): Promise<number> {
    this.#stop.abort(new Ending(130))
    return this.ended
  }

  async #run(args: readonly string[], env: Io['env']): Promise<number> {
    const io = this.#io(env)
    try {
      const program = await buildProgram(io, args)
      await program.parseAsync([...args], { from: 'user' })
      await io.out.flush()
      return 0
    } catch (error) {
      await io.out.flush()
      const { exit, lines } = describeFailure(error)
      this.stderr += lines.map((line) => `${line}\n`).join('')
      return exit
    }
  }

  #io(env: Io['env']): Io {
    const out = new PassThrough()
    out.on('data', (chunk: Buffer) => {
      this.stdout += chunk
      this.#check()
    })
    const err = new PassThrough()
    err.on('data', (chunk: Buffer) => this.#say(String(chunk)))
    return {
      stdin: this.stdin as unknown as ReadStream,
      out: new OutputStream(out),
      err: err as unknown as WriteStream,
      env,
      colors: colorsFor({}, {}),
      errColors: colorsFor({}, {}),
      useColors: () => {},
      signal: this.#stop.signal,
      takeSignals: () => {},
      note: (text) => this.#say(`tocsin: ${text}\n`),
    }
  }

  #say(text: string): void {
    this.stderr += text
    this.#check()
  }

  #check(): void {
    for (const listener of this.#listeners) listener()
  }
}

export async function runCommand(
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const running = new RunningCommand(args)
  const code = await running.ended
  return { code, stdout: running.stdout, stderr: running.stderr }
}
