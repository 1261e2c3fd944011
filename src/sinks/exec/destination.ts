import { Readable, type Writable } from 'node:stream'
import { messageOf } from '../../errors/thrown.js'
import type { Event } from '../../event/event.js'
import type { Runtime } from '../../event/runtime.js'
import { programEnvironment } from '../../jobs/user-environment.js'
import { signalGroup } from '../../processes/groups.js'
import { guardGroup } from '../../processes/guardian.js'
import { type ChildProcess, startChild } from '../../processes/start-child.js'
import { DeliveryFault, quoted } from '../delivery-fault.js'
import { areShort, buffersOf, eventJson } from '../event-json.js'
import { deadline } from '../pauses.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import type { ExecSinkConfig } from './config.js'

/** sysexits.h: the program asks to be run again later. */
const EX_TEMPFAIL = 75
const MAX_STDERR_BYTES = 4096
const NEWLINE = Buffer.from('\n')

/** Runs a program for each event. */
export class ExecDestination implements Destination {
  readonly #config: ExecSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork

  constructor(config: ExecSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#view = view
    this.#runtime = runtime
  }

  async deliver([event]: readonly Event[], signal: AbortSignal): Promise<void> {
    const limit = deadline(this.#runtime, this.#config.timeout, signal)
    try {
      const input = await this.#work(buffersOf(eventJson(event, this.#view)), areShort([event]))
      await this.#run([...input, NEWLINE], limit.signal)
    } finally {
      limit.end()
    }
  }

  async close(): Promise<void> {}

  #run(input: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const [program, ...args] = this.#config.command
    // A group of its own, so that what the program starts can be ended with it.
    const child = startChild(program, args, {
      cwd: '/',
      detached: true,
      env: programEnvironment(),
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    const groupEnded = guardGroup(child)
    const said = new LastBytes(child)
    const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL')
    const abort = () => {
      kill()
      // A process that has left the group may still have it open.
      child.stderr?.destroy()
    }
    signal.addEventListener('abort', abort, { once: true })
    // A program need not read its input.
    const stdin = child.stdin as Writable
    stdin.on('error', () => {})
    Readable.from(input).pipe(stdin)
    return new Promise<void>((resolve, reject) => {
      child.on('error', (error) => reject(new DeliveryFault('unavailable', error.message)))
      child.on('exit', () => {
        kill()
        groupEnded()
      })
      child.on('close', (code, by) => {
        if (code === 0) resolve()
        else reject(signal.aborted ? outOfTime(signal) : failed(code, by, said.text))
      })
    }).finally(() => signal.removeEventListener('abort', abort))
  }
}

function outOfTime({ reason }: AbortSignal): DeliveryFault {
  return new DeliveryFault('ended', `ended: ${messageOf(reason)}`)
}

function failed(code: number | null, by: NodeJS.Signals | null, said: string): DeliveryFault {
  const kind = code === EX_TEMPFAIL ? 'unclear' : 'refused'
  const how = code === null ? `ended by ${by}` : `exit code ${code}`
  return new DeliveryFault(kind, said === '' ? how : `${how}: ${said}`)
}

/** The end of what a program writes to its standard error. */
class LastBytes {
  #bytes: Buffer = Buffer.alloc(0)

  constructor({ stderr }: ChildProcess) {
    stderr?.on('data', (piece: Buffer) => {
      const all = Buffer.concat([this.#bytes, piece])
      this.#bytes = Buffer.from(all.subarray(Math.max(0, all.length - MAX_STDERR_BYTES)))
    })
  }

  get text(): string {
    return quoted(this.#bytes.toString('utf8'))
  }
}
