import { readFileSync, writeFileSync } from 'node:fs'

/** True if the system spares this process when memory is short, as a service manager may arrange for a hub. */
let isSpared: boolean | undefined

/**
 * Takes from a child the protection that an operator gave the hub. To be called in the turn in which it was started.
 */
export function dropOomProtection(pid: number | undefined): void {
  isSpared ??= scoreOf('self') < 0
  if (!isSpared || pid === undefined) return
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '0')
  } catch {
    // It has ended, or belongs to another user.
  }
}

function scoreOf(process: string): number {
  try {
    return Number(readFileSync(`/proc/${process}/oom_score_adj`, 'latin1'))
  } catch {
    return 0
  }
}
