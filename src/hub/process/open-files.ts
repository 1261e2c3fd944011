import { readFileSync } from 'node:fs'

/** Files that a hub itself needs: log, state, listeners, sources, and whatever a command opens for a moment. */
export const OWN_FILES = 128
/** A hub that may open too few files still accepts so many connections. */
const MIN_CONNECTIONS = 16

/** Returns how many files a process may open (default: this one), or undefined if the system does not say. */
export function openFileLimit(pid: number | 'self' = 'self'): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limitsOf(pid))?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** Returns how many of the files may be connections. */
export function filesForConnections(openFiles = Number.POSITIVE_INFINITY): number {
  return Math.max(MIN_CONNECTIONS, openFiles - OWN_FILES)
}

/** A note if this process may open too few files for all connections. */
export function fewFiles(openFiles: number | undefined, accepted: number, wanted: number): string[] {
  if (accepted >= wanted) return []
  return [
    `this process may open ${openFiles} files: it accepts ${accepted} connections, not ${wanted} (limits.connections); \`ulimit -n ${wanted + OWN_FILES}\` (LimitNOFILE in systemd) allows all`,
  ]
}

function limitsOf(pid: number | 'self'): string {
  try {
    return readFileSync(`/proc/${pid}/limits`, 'utf8')
  } catch {
    return ''
  }
}
