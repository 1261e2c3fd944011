import {
  type ChildProcess,
  type SpawnOptions,
  type SpawnSyncOptions,
  type SpawnSyncReturns,
  type StdioOptions,
  spawn,
  spawnSync,
} from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { inheritedFiles } from './inherited-files.js'
import { dropOomProtection } from './oom-score.js'

export type { ChildProcess }

type Stdio = Exclude<StdioOptions, string>

/** Starts a program that has the descriptors of `stdio` and no other one. All children of this process start here. */
export function startChild(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { stdio: StdioOptions },
): ChildProcess {
  const child = withoutInherited(options.stdio, (stdio) => spawn(file, args, { ...options, stdio }))
  dropOomProtection(child.pid)
  return child
}

/** Runs a program to its end, and nothing else meanwhile. */
export function runToEnd(
  file: string,
  args: readonly string[],
  options: SpawnSyncOptions & { stdio: StdioOptions },
): SpawnSyncReturns<Buffer> {
  return withoutInherited(options.stdio, (stdio) => {
    return spawnSync(file, args, { ...options, stdio, encoding: 'buffer' })
  })
}

/**
 * Node can close no descriptor in a child and cannot mark one in this process. But what it gives a child as number n
 * takes the place of what was there: each inherited file is overlaid with an empty one, between fork and exec. No file
 * can be opened between the list and the fork, since LMDB opens its own in this thread.
 */
function withoutInherited<Result>(wanted: StdioOptions, start: (stdio: Stdio) => Result): Result {
  const stdio: Stdio = typeof wanted === 'string' ? [wanted, wanted, wanted] : [...wanted]
  const unwanted = inheritedFiles().filter((fd) => stdio[fd] === undefined)
  if (unwanted.length === 0) return start(stdio)
  const empty = openSync('/dev/null', 'r')
  try {
    while (stdio.length <= unwanted[unwanted.length - 1]) stdio.push('ignore')
    for (const fd of unwanted) stdio[fd] = empty
    return start(stdio)
  } finally {
    closeSync(empty)
  }
}
