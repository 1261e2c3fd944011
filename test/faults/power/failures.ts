import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { HubProcess, HubProcessOptions } from '../../e2e/hub-process.js'
import type { Random } from '../../fuzz/mutations.js'
import { requireTool } from '../../helpers/tools.js'
import type { Deaths } from '../everything/story.js'
import { type Before, Disk } from './disk.js'
import { type SystemCall, systemCalls, TRACED } from './system-calls.js'

/** Percentages of the sectors that were not flushed and are there all the same. */
export const SHARES = [0, 0, 50, 90, 100]

const AT_THE_END = Number.MAX_SAFE_INTEGER

/** The power of a hub fails: it ends at once, and of what it has not flushed a part is gone or torn. */
export class PowerFailures implements Deaths {
  readonly losesPower = true
  /** Every write is in the trace. */
  readonly largest = 20_000
  readonly #flushes: boolean
  #before: Before = new Map()
  #folder = ''

  /** Without `flushes`, the disk only says that it has flushed, and has nothing of what was written. */
  constructor(flushes = true) {
    this.#flushes = flushes
  }

  async options(folder: string): Promise<HubProcessOptions> {
    this.#folder = folder
    this.#before = filesOf(folder)
    const follow = ['-D', '-f', '--seccomp-bpf', '-qq', '-xx', '-s', '4000000', '-e', 'signal=none']
    return {
      wrapper: [requireTool('strace'), ...follow, '-e', `trace=${TRACED}`, '-o', this.#trace],
      env: { UV_USE_IO_URING: '0' },
    }
  }

  async end(hub: HubProcess, random: Random): Promise<void> {
    await hub.signal('SIGKILL')
    const all = systemCalls(readFileSync(this.#trace, 'latin1'))
    rmSync(this.#trace)
    const calls = this.#flushes ? all : all.filter(isNoFlush).map(unflushed)
    const share = this.#flushes ? SHARES[random(SHARES.length)] : 0
    new Disk(this.#folder, calls, AT_THE_END, this.#before).lose(random, share)
  }

  get #trace(): string {
    return `${this.#folder}.trace`
  }
}

function isNoFlush({ name }: SystemCall): boolean {
  return name !== 'fsync' && name !== 'fdatasync'
}

function unflushed(call: SystemCall): SystemCall {
  return { ...call, text: call.text.replace(/O_D?SYNC/, '0') }
}

/** The data of the hub, and what it may write beside them. Folders within belong to others. */
function filesOf(folder: string): Before {
  const before = new Map<string, Buffer | 'folder'>()
  const data = join(folder, 'data')
  const beside = readdirSync(folder).map((name) => join(folder, name))
  const within = existsSync(data)
    ? readdirSync(data, { recursive: true }).map((name) => join(data, String(name)))
    : []
  for (const path of [...beside, ...within]) {
    const stats = statSync(path)
    if (stats.isFile()) before.set(path, readFileSync(path))
    else if (stats.isDirectory() && path.startsWith(data)) before.set(path, 'folder')
  }
  return before
}
