import { type TocsinError, toTocsinError } from '../errors/tocsin-error.js'
import type { Event } from '../event/event.js'
import { asFields } from '../event/json/object.js'
import { quotedWord } from '../jobs/split-command.js'
import type { ConfiguredSink } from '../sinks/config.js'
import { DeliveryFault } from '../sinks/delivery-fault.js'
import type { Destination } from '../sinks/sink.js'
import { type RuleDefinition, tagOfJob } from './rule.js'

const RETRY = { tries: 3, pause: 1_000, maxPause: 60_000, patience: undefined }

/** Starts jobs. */
export interface JobStarter {
  /** Returns whether a job of this id exists. */
  has(id: string): boolean
  /** Rejects with TCN_JOB_…. */
  start(id: string, command: string): Promise<void>
}

/**
 * The sinks that start the jobs of rules, one for each rule: what a rule wants is an event of the log first, so that it
 * is retried, parked and paused as deliveries are.
 */
export function jobSinks(rules: readonly RuleDefinition[], jobs: JobStarter): ConfiguredSink[] {
  return rules.flatMap(({ name, job }) => {
    if (job === undefined) return []
    const [program] = job
    return {
      settings: JSON.stringify(job),
      definition: {
        name: jobSinkOf(name),
        type: 'job',
        target: program,
        // Nobody can publish under `hub` without the right `produce`.
        filter: { all: [{ exact: { tag: tagOfJob(name) } }, { prefix: { source: 'hub/' } }] },
        from: 'now',
        parallel: 1,
        batch: { events: 1, wait: 0 },
        retry: RETRY,
        create: () => new JobDestination(name, program, jobs),
      },
    }
  })
}

export function jobSinkOf(rule: string): string {
  return `rule.${rule}`
}

class JobDestination implements Destination {
  readonly #rule: string
  readonly #program: string
  readonly #jobs: JobStarter

  constructor(rule: string, program: string, jobs: JobStarter) {
    this.#rule = rule
    this.#program = program
    this.#jobs = jobs
  }

  async deliver([event]: readonly Event[]): Promise<void> {
    const words = [this.#program, ...argumentsIn(event)]
    const id = `rule-${this.#rule}-${event.seq}`
    // It was started before a crash.
    if (this.#jobs.has(id)) return
    try {
      await this.#jobs.start(id, words.map(quotedWord).join(' '))
    } catch (thrown) {
      throw faultOfJob(toTocsinError(thrown, 'TCN_INTERNAL'))
    }
  }

  async close(): Promise<void> {}
}

function argumentsIn(event: Event): string[] {
  const { arguments: given } = asFields(event.data)
  if (!Array.isArray(given)) throw new DeliveryFault('refused', 'the event has no arguments')
  return given.map((value, index) => {
    const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
    if (text === '') throw new DeliveryFault('refused', `the argument ${index + 1} is empty`)
    if (text.includes('\0'))
      throw new DeliveryFault('refused', `the argument ${index + 1} has a null character`)
    return text
  })
}

function faultOfJob({ code, message }: TocsinError): DeliveryFault {
  const waits = code === 'TCN_JOB_FULL' || code === 'TCN_JOB_STOPPING'
  return new DeliveryFault(waits ? 'unavailable' : 'refused', message)
}
