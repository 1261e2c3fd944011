import { Running } from '../e2e/hub-process.js'
import { requireTool } from '../helpers/tools.js'

/** Changes the system calls of a running process with strace, as long as it is attached. */
export class Injection implements AsyncDisposable {
  readonly #strace: Running

  private constructor(strace: Running) {
    this.#strace = strace
  }

  /** Attaches strace; `what` is in its notation, such as `fdatasync:error=EIO`. In effect when it resolves. */
  static async into(pid: number, what: string): Promise<Injection> {
    const [call] = what.split(':')
    const args = ['-f', '-p', String(pid), '-e', `trace=${call}`, '-e', 'signal=none', '-e', `inject=${what}`]
    const strace = new Running(requireTool('strace'), args)
    await strace.says(`Process ${pid} attached`)
    return new Injection(strace)
  }

  /** Number of calls that were changed. */
  get count(): number {
    return this.#strace.stderr.split('(INJECTED)').length - 1
  }

  async remove(): Promise<void> {
    await this.#strace.signal('SIGINT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#strace.child.exitCode === null) await this.#strace.signal('SIGKILL')
  }
}
