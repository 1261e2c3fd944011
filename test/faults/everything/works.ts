import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../../src/client/index.js'
import type { JobInfo } from '../../../src/methods/contract/index.js'
import type { Part, Scene, StoredEvents } from './part.js'

const RULE = 'work'

/** Jobs that a rule starts: each has one record, runs at most once, and its record says what became of it. */
export class Works implements Part {
  readonly #program: string
  readonly #ran: string

  constructor({ folder }: Scene) {
    this.#program = join(folder, 'work.sh')
    this.#ran = join(folder, 'worked')
    const steps = [`echo begin $1 >> ${this.#ran}`, 'sleep 0.1', `echo end $1 >> ${this.#ran}`]
    writeFileSync(this.#program, `#!/bin/sh\n${steps.join('\n')}\n`, { mode: 0o755 })
  }

  get config() {
    const job = [this.#program, `\${data.n}`]
    return {
      jobs: { programs: [this.#program], keep: { jobs: 100_000 } },
      rules: { [RULE]: { filter: 'pace/job', job, atMost: { count: 1_000_000 } } },
    }
  }

  async begin(): Promise<void> {}

  async stop(): Promise<void> {}

  async check(log: StoredEvents, client: Client): Promise<string[]> {
    const { jobs } = await client.request<{ jobs: JobInfo[] }>('jobs.list', { limit: 1000 })
    const wanted = log.numbers('pace/job')
    const begun = this.#timesOf('begin')
    const ended = this.#timesOf('end')
    const ends = new Map<string, number>()
    for (const { tag, data } of log.of('sysadm/dispatcher/')) {
      if ((data as { state: string }).state === 'finished') ends.set(tag, (ends.get(tag) ?? 0) + 1)
    }
    const problems = wanted.flatMap((n) => {
      const [job, ...others] = jobs.filter(({ commands }) => commands[0]?.endsWith(` "${n}"`))
      if (job === undefined) return [`job ${n} has no record`]
      const told = ends.get(`sysadm/dispatcher/${job.id}`) ?? 0
      return [
        ...(others.length > 0 ? [`job ${n} has ${others.length + 1} records`] : []),
        ...((begun.get(n) ?? 0) > 1 ? [`job ${n} ran ${begun.get(n)} times`] : []),
        // A hub that ends between the event and the record says it once more.
        ...(told > 0 ? [] : [`the end of job ${n} is not said`]),
        ...untruths(n, job, ended.get(n) ?? 0),
      ]
    })
    const unasked = [...begun.keys()].filter((n) => !wanted.includes(n))
    return [...problems, ...unasked.map((n) => `job ${n} ran, and nobody wanted it`)]
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #timesOf(word: string): Map<number, number> {
    const times = new Map<number, number>()
    const lines = existsSync(this.#ran) ? readFileSync(this.#ran, 'utf8').split('\n') : []
    for (const line of lines.filter((each) => each.startsWith(word))) {
      const n = Number(line.split(' ')[1])
      times.set(n, (times.get(n) ?? 0) + 1)
    }
    return times
  }
}

function untruths(n: number, job: JobInfo, ended: number): string[] {
  const { state, succeeded, reason, codes } = job
  if (state !== 'finished') return [`job ${n} is ${state}`]
  if (succeeded && ended !== 1) return [`job ${n} is said to have succeeded, and ended ${ended} times`]
  if (!succeeded && reason === undefined && !codes.some((code) => code !== 0))
    return [`job ${n} has failed for no reason: ${JSON.stringify(job)}`]
  return []
}
