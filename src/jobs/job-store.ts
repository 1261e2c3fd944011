import { z } from 'zod'
import { decode } from '../event/msgpack/decoder.js'
import { encode } from '../event/msgpack/encoder.js'
import type { Bucket } from '../state/state-store.js'
import type { Job } from './job.js'

const micros = z.number().min(0)

const processId = z.object({ pid: z.int(), start: z.int() })

const left = z.object({
  count: z.int(),
  processes: z.array(
    z.object({ pid: z.int(), command: z.string(), end: z.enum(['asked', 'killed', 'kept', 'stays']) }),
  ),
})

const trace = z.object({
  space: z.string(),
  leaders: z.array(processId),
  known: z.array(processId),
  outputs: z.array(z.string()),
})

const record = z.object({
  id: z.string(),
  run: z.string().regex(/^[0-9a-f]+$/),
  commands: z.array(z.string()),
  queue: z.string(),
  by: z.string(),
  state: z.enum(['pending', 'running', 'finished']),
  created: micros,
  started: micros.optional(),
  finished: micros.optional(),
  reason: z.string().optional(),
  left: left.optional(),
  cgroup: z.string().optional(),
  trace: trace.optional(),
  results: z.array(
    z.object({
      output: z.string(),
      code: z.number().optional(),
      signal: z.string().optional(),
      fault: z.string().optional(),
    }),
  ),
  outputBytes: z.number(),
  partBytes: z.number().min(1),
  outputFault: z.string().optional(),
})

/** The records of jobs, each under the random name of its run. */
export class JobStore {
  readonly #bucket: Bucket

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  async put(job: Job): Promise<void> {
    await this.#bucket.put(job.run, encode(job))
  }

  async get(run: string): Promise<Job | undefined> {
    const entry = await this.#bucket.get(run)
    return entry && this.#read(run, entry.value)
  }

  delete(run: string): Promise<void> {
    return this.#bucket.delete(run)
  }

  async *list(): AsyncIterable<Job> {
    for await (const { key, value } of this.#bucket.list()) {
      const job = this.#read(key, value)
      if (job !== undefined) yield job
    }
  }

  #read(key: string, value: Uint8Array): Job | undefined {
    try {
      return record.parse(decode(value))
    } catch (error) {
      this.#bucket.reportDamage(key, error)
      return undefined
    }
  }
}
