import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../errors/thrown.js'
import { Cgroup } from '../processes/cgroup.js'
import { type Delegated, takeDelegated } from '../processes/delegated-cgroup.js'
import type { JobsConfig } from './config.js'

/** The names of the groups of jobs begin with it; the run of the job follows. */
const PREFIX = 'job-'
/** The period of `cpu.max`, µs. */
const CPU_PERIOD = 100_000

/** The control groups of jobs, or why they have none. */
export interface CgroupInfo {
  /** The folder in which each job has a group of its own. */
  folder?: string
  /** The controllers that these groups have, among `cpu`, `memory` and `pids`. */
  controllers: string[]
  /** Why jobs have none. */
  reason?: string
  /** Limits in `jobs.whole` that jobs do not have. */
  missing: string[]
}

/** Makes a control group for each job, where one is delegated to the hub. */
export class JobCgroups {
  #setting: JobsConfig['cgroup'] | undefined
  #delegated: Delegated | undefined
  #reason: string | undefined
  readonly #inUse = new Set<string>()

  /** Applies to jobs that are made from now on. */
  configure(setting: JobsConfig['cgroup']): void {
    if (setting === this.#setting) return
    this.#setting = setting
    this.#delegated = this.#reason = undefined
    try {
      if (setting === 'off') throw new Error('jobs.cgroup is off')
      this.#delegated = takeDelegated(setting === 'auto' ? undefined : setting)
    } catch (error) {
      this.#reason = messageOf(error)
    }
  }

  infoFor({ whole }: JobsConfig): CgroupInfo {
    const { folder, controllers = [] } = this.#delegated ?? {}
    const missing = settingsOf(whole).filter(({ controller }) => !controllers.includes(controller))
    return {
      ...(folder !== undefined && { folder }),
      controllers: [...controllers],
      ...(this.#reason !== undefined && { reason: this.#reason }),
      missing: missing.map(({ limit }) => limit),
    }
  }

  /** Undefined: the job has none. */
  make(run: string, { whole }: JobsConfig): Cgroup | undefined {
    if (this.#delegated === undefined) return undefined
    const { folder } = this.#delegated
    try {
      const group = Cgroup.make(join(folder, PREFIX + run))
      this.#inUse.add(run)
      for (const { file, value } of settingsOf(whole)) group.set(file, value)
      return group
    } catch {
      return undefined
    }
  }

  /** To be called when a job has finished. */
  release(run: string): void {
    this.#inUse.delete(run)
    this.#sweep()
  }

  /** Removes the groups of finished jobs, but for those with processes that were kept. */
  #sweep(): void {
    if (this.#delegated === undefined) return
    const { folder } = this.#delegated
    for (const name of namesIn(folder)) {
      if (!name.startsWith(PREFIX) || this.#inUse.has(name.slice(PREFIX.length))) continue
      const group = new Cgroup(join(folder, name))
      if (group.processes.length === 0) group.remove()
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function settingsOf({ memory, processes, cpus }: JobsConfig['whole']) {
  const quota = cpus === undefined ? undefined : `${Math.round(cpus * CPU_PERIOD)} ${CPU_PERIOD}`
  const all = [
    { limit: 'memory', controller: 'memory', file: 'memory.max', value: memory },
    { limit: 'processes', controller: 'pids', file: 'pids.max', value: processes },
    { limit: 'cpus', controller: 'cpu', file: 'cpu.max', value: quota },
  ]
  return all.flatMap((each) => (each.value === undefined ? [] : [{ ...each, value: String(each.value) }]))
}
