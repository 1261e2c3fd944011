import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Runs the built program as a user would: `tocsin serve` in a separate process, and commands against it. */

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const main = join(root, 'dist/bundle/main.js')

export interface Ended {
  /** Exit status; null when it was ended by a signal. */
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  input?: string | Uint8Array
  env?: NodeJS.ProcessEnv
  cwd?: string
}

/** A running command. Its output is collected; `ended` resolves when it has ended. */
export class Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #stdout: Buffer[] = []
  #stderr = ''
  readonly #listeners = new Set<() => void>()

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdout!.on('data', (chunk: Buffer) => this.#received(() => this.#stdout.push(chunk)))
    this.child.stderr!.on('data', (chunk: Buffer) => this.#received(() => (this.#stderr += chunk)))
    // A command that ends early does not read its input.
    this.child.stdin!.on('error', () => {})
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code) => {
        this.#received(() => {})
        resolve({ code, stdout: this.stdout, stderr: this.stderr })
      })
    })
    this.ended.catch(() => {})
  }

  get pid(): number {
    return this.child.pid!
  }

  get stdout(): string {
    return this.bytes.toString()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#stdout)
  }

  get stderr(): string {
    return this.#stderr
  }

  write(text: string): void {
    this.child.stdin!.write(text)
  }

  signal(name: NodeJS.Signals): Promise<Ended> {
    this.child.kill(name)
    return this.ended
  }

  /** Resolves when the condition holds; rejects if the command ends first. */
  async until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const check = () => {
        if (condition()) {
          this.#listeners.delete(check)
          resolve()
        }
      }
      this.#listeners.add(check)
      this.ended.then(({ code, stdout, stderr }) => {
        if (!condition()) reject(new Error(`ended with ${code} before ${what}\n${stdout}\n${stderr}`))
      }, reject)
    })
  }

  prints(text: string | RegExp): Promise<void> {
    return this.until(() => has(this.stdout, text), `it printed ${text}`)
  }

  says(text: string | RegExp): Promise<void> {
    return this.until(() => has(this.stderr, text), `it said ${text}`)
  }

  #received(store: () => void): void {
    store()
    for (const listener of [...this.#listeners]) listener()
  }
}

function has(output: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? output.includes(text) : text.test(output)
}

/** Starts `tocsin <args>`. The caller should kill it or wait for `ended`. */
export function startTocsin(args: readonly string[], options: RunOptions = {}): Running {
  const { env, cwd, input } = options
  const running = new Running(process.execPath, [main, ...args], {
    cwd,
    env: { ...cleanEnvironment(), ...env },
  })
  if (input !== undefined) running.child.stdin!.end(input)
  return running
}

/** Runs `tocsin <args>` to its end, without a terminal and with empty input. */
export function tocsin(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startTocsin(args, { input: '', ...options }).ended
}

/** The environment without the developer's own settings. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR, NODE_V8_COVERAGE } = process.env
  return { PATH, HOME, LANG, TMPDIR, NODE_V8_COVERAGE, TERM: 'xterm' }
}

export interface HubProcessOptions {
  /** The module that is run; default: the program in one file. */
  program?: string
  /** Folder for data, socket and configuration; default: a temporary one, removed by `remove()`. */
  folder?: string
  /** Further arguments of `tocsin serve`. */
  args?: readonly string[]
  /** Text of `tocsin.yaml`. */
  config?: string
  env?: NodeJS.ProcessEnv
  /** Program and arguments before node, such as strace. */
  wrapper?: readonly string[]
  /** Whether host sources run; default: false. */
  sources?: boolean
}

/** `tocsin serve` with its own folder. */
export class HubProcess implements AsyncDisposable {
  readonly folder: string
  readonly socket: string
  readonly data: string
  readonly #running: Running
  readonly #started = new Set<Running>()

  private constructor(running: Running, folder: string) {
    this.#running = running
    this.folder = folder
    this.socket = join(folder, 'tocsin.sock')
    this.data = join(folder, 'data')
  }

  /** Resolves when the hub reports that it is ready. */
  static async start(options: HubProcessOptions = {}): Promise<HubProcess> {
    const folder = options.folder ?? temporaryFolder('e2e')
    const { wrapper = [], program = main } = options
    const command = [...wrapper, process.execPath, program, ...serveArguments(folder, options)]
    const running = new Running(command[0], command.slice(1), {
      env: { ...cleanEnvironment(), ...options.env },
    })
    await running.says('is ready')
    return new HubProcess(running, folder)
  }

  get pid(): number {
    return this.#running.pid
  }

  get stderr(): string {
    return this.#running.stderr
  }

  get ended(): Promise<Ended> {
    return this.#running.ended
  }

  /** Runs a command against this hub. */
  tocsin(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.startTocsin(args, { input: '', ...options }).ended
  }

  startTocsin(args: readonly string[], options: RunOptions = {}): Running {
    const running = startTocsin(args, { ...options, env: { TOCSIN_URL: this.socket, ...options.env } })
    this.#started.add(running)
    running.child.on('close', () => this.#started.delete(running))
    return running
  }

  signal(name: NodeJS.Signals): Promise<Ended> {
    return this.#running.signal(name)
  }

  /** Stops the hub as an operator would. */
  stop(): Promise<Ended> {
    return this.signal('SIGTERM')
  }

  /** Ends the hub and every running command started against it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#started].map((running) => running.signal('SIGKILL')))
    if (this.#running.child.exitCode === null) await this.signal('SIGKILL')
  }
}

function serveArguments(folder: string, { args = [], config, sources }: HubProcessOptions): string[] {
  const file = join(folder, 'tocsin.yaml')
  writeFileSync(file, config ?? '{}\n')
  const places = ['--config', file, '--data', join(folder, 'data'), '--socket', join(folder, 'tocsin.sock')]
  // The usual port may be in use by another hub.
  const http = config?.includes('http') ? [] : ['--http', '127.0.0.1:0']
  return ['serve', ...places, ...http, ...(sources ? [] : ['--no-sources']), ...args]
}

/** Returns the lines of the output, without the empty one at the end. */
export function lines(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return lines(text).map((line) => JSON.parse(line) as Record<string, unknown>)
}
