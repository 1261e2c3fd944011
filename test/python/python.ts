import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { requireTool } from '../helpers/tools.js'

/** The Python packages, and the folder of those that take the place of the vendors'. */
export const packages = fileURLToPath(new URL('../../python', import.meta.url))
export const shims = fileURLToPath(new URL('../../python/shims', import.meta.url))

export interface PythonOptions {
  args?: readonly string[]
  env?: NodeJS.ProcessEnv
  /** Whether warnings of Python are no errors: for programs that are not ours. */
  lenient?: boolean
  /** Another Python than the first in the PATH. */
  python?: string
}

/** A Python program that runs in a process of its own. It tells what it does with `print`, a line of JSON each. */
export class PythonProgram {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''

  /** `program` is the path of a file that ends in `.py`, or the text of a program. */
  constructor(program: string, options: PythonOptions = {}) {
    const { args = [], env = {}, lenient = false, python = requireTool('python3') } = options
    const file = program.endsWith('.py') ? [program] : ['-c', program]
    this.child = spawn(python, ['-u', ...(lenient ? [] : ['-W', 'error']), ...file, ...args], {
      env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: packages, ...env },
    })
    this.child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk))
    this.child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk))
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject).once('close', resolve)
    })
  }

  /** What it has told so far. */
  get told(): unknown[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  /** Resolves when it has told this many things; rejects if it ends before. */
  async tells(count: number): Promise<unknown[]> {
    await this.#until(() => this.told.length >= count)
    return this.told
  }

  /** Resolves when it has printed the text; rejects if it ends before. */
  prints(text: string): Promise<void> {
    return this.#until(() => this.stdout.includes(text))
  }

  say(line: string): void {
    this.child.stdin!.write(`${line}\n`)
  }

  /** Waits for the end, and returns what it told. Rejects unless it ended well. */
  async result(): Promise<unknown[]> {
    const code = await this.ended
    if (code !== 0) throw new Error(`python ended with ${code}: ${this.stdout}${this.stderr}`)
    return this.told
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }

  async #until(condition: () => boolean): Promise<void> {
    await vi.waitUntil(() => condition() || this.child.exitCode !== null, { timeout: 30_000, interval: 10 })
    await (this.child.exitCode === null ? undefined : this.ended)
    if (!condition()) throw new Error(`python ended early: ${this.stdout}${this.stderr}`)
  }
}

/** Runs a program to its end, and returns what it told. */
export function runPython(program: string, options?: PythonOptions): Promise<unknown[]> {
  return new PythonProgram(program, options).result()
}
