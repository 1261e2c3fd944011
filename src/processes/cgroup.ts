import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../errors/thrown.js'

/** Most groups below a group that are looked at. A process with the rights of the hub may make as many as it likes. */
const MAX_BELOW = 1000

/** A control group of version 2, with those below it. */
export class Cgroup {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Throws if it cannot be made. One that exists stays as it is. */
  static make(folder: string): Cgroup {
    mkdirSync(folder, { recursive: true })
    return new Cgroup(folder)
  }

  /** To be written by a process that enters. */
  get entrance(): string {
    return join(this.folder, 'cgroup.procs')
  }

  /** The numbers of its processes, and of those in groups below it. None if it does not exist. */
  get processes(): number[] {
    return this.#all().flatMap((folder) => numbersIn(join(folder, 'cgroup.procs')))
  }

  /** The numbers of its processes, without those in groups below it. */
  get direct(): number[] {
    return numbersIn(this.entrance)
  }

  /** Moves a process of the same user into it. Throws if that is refused. */
  add(pid: number): void {
    writeFileSync(this.entrance, String(pid))
  }

  /** Writes one of its settings. Returns false if there is no such one, or the value is refused. */
  set(name: string, value: string): boolean {
    try {
      writeFileSync(join(this.folder, name), value, { flag: 'r+' })
      return true
    } catch {
      return false
    }
  }

  /** Ends all processes in it at once, also those that they are about to start. */
  kill(): void {
    if (!this.set('cgroup.kill', '1')) this.killFrozen()
  }

  /** For kernels before 5.14: processes that stand still start no others. */
  killFrozen(): void {
    this.set('cgroup.freeze', '1')
    for (const pid of this.processes) signal(pid)
    this.set('cgroup.freeze', '0')
  }

  /** Returns false if there are processes in it. */
  remove(): boolean {
    try {
      for (const folder of this.#all().reverse()) rmdirSync(folder)
      return true
    } catch (error) {
      return codeOf(error) === 'ENOENT'
    }
  }

  /** Itself first; each before those below it. */
  #all(): string[] {
    const all = [this.folder]
    for (let at = 0; at < all.length && all.length < MAX_BELOW; at++) all.push(...foldersIn(all[at]))
    return all
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
  } catch {
    return []
  }
}

/** Those of other namespaces are shown as 0. */
function numbersIn(file: string): number[] {
  try {
    return readFileSync(file, 'latin1')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0)
  } catch {
    return []
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
