import { messageOf } from '../../errors/thrown.js'
import type { Cancel } from '../../event/runtime.js'
import { programEnvironment } from '../../jobs/user-environment.js'
import type { ProgramEnd } from '../../processes/supervised-program.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { TextStage } from '../text/text-stage.js'
import type { ExecConfig } from './config.js'
import { ExecRun } from './run.js'

/** Runs a command, all the time or at intervals, and publishes its lines. */
export class ExecSource implements Source {
  readonly #config: ExecConfig
  readonly #text: TextStage
  #context!: SourceContext
  #run: ExecRun | undefined
  #next: Cancel | undefined
  #stopped = false
  #runs = 0
  #last: ProgramEnd | undefined

  constructor(config: ExecConfig) {
    this.#config = config
    this.#text = new TextStage(config)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    await this.#text.start(context)
    if (this.#stopped) return
    if (this.#config.every !== undefined) this.#runEvery(this.#config.every)
    else void this.#follow(this.#begin())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#text.stop()
    this.#next?.()
    await this.#run?.stop()
  }

  health(): SourceHealth {
    const reason = this.#last === undefined || this.#last.code === 0 ? undefined : textOf(this.#last)
    return this.#text.addTo({
      state: reason === undefined ? 'up' : 'degraded',
      reason,
      details: { runs: this.#runs, running: this.#run !== undefined },
    })
  }

  #begin(): ExecRun {
    const run = new ExecRun(this.#config, this.#context, this.#text, environmentOf(this.#config))
    this.#run = run
    this.#runs++
    return run
  }

  async #wait(run: ExecRun): Promise<ProgramEnd> {
    const end = await run.done()
    this.#run = undefined
    this.#last = end
    return end
  }

  /** The hub restarts a source that has failed after a growing pause. */
  async #follow(run: ExecRun): Promise<void> {
    const end = await this.#wait(run)
    const { restart } = this.#config
    const isOver = restart === 'never' || (restart === 'on-failure' && end.code === 0)
    if (!this.#stopped && !isOver) this.#context.failed(new Error(textOf(end)))
  }

  /** A run that takes longer than the interval is not joined by another one. */
  #runEvery(interval: number): void {
    const due = this.#context.runtime.monotonic() + interval
    void this.#poll().then(() => {
      if (this.#stopped) return
      const rest = Math.max(0, due - this.#context.runtime.monotonic())
      this.#next = this.#context.runtime.after(rest, () => this.#runEvery(interval))
    })
  }

  async #poll(): Promise<void> {
    try {
      await this.#wait(this.#begin())
    } catch (error) {
      this.#last = { code: -1, fault: messageOf(error) }
    }
  }
}

function textOf({ code, signal, fault }: ProgramEnd): string {
  if (fault !== undefined) return `the command could not be run: ${fault}`
  return signal === undefined ? `the command ended with code ${code}` : `the command was ended by ${signal}`
}

/** Nothing of the hub's environment but what the configuration names. */
function environmentOf({ environment, pass }: ExecConfig): Record<string, string> {
  const passed = pass.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...programEnvironment(),
    ...Object.fromEntries(passed),
    ...environment,
  }
}
