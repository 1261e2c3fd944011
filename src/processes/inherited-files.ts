import { fstatSync, readdirSync, readFileSync } from 'node:fs'

const FIRST = 3
const O_CLOEXEC = 0o2000000

/** Descriptors that this process had from its parent. Node closes its own sockets at exec, and those need no look. */
let fromParent: readonly number[] | undefined
let inherited: readonly number[] | undefined

/** To be called after LMDB has opened files: it opens its data files without O_CLOEXEC, and nobody else does. */
export function filesWereOpened(): void {
  inherited = undefined
}

/**
 * The descriptors from 3 that a child would inherit, in their order. The number of one that was closed is not among
 * them: what is opened next takes it, also the pipe through which a child says why it could not run its program.
 * Elsewhere than on Linux, the list is empty: macOS closes all that are not named (POSIX_SPAWN_CLOEXEC_DEFAULT).
 */
export function inheritedFiles(): readonly number[] {
  if (process.platform !== 'linux') return []
  if (inherited === undefined) {
    const open = readdirSync('/proc/self/fd')
      .map(Number)
      .filter((fd) => fd >= FIRST)
    fromParent ??= open.filter(isInherited)
    const files = open.filter((fd) => isFile(fd) && isInherited(fd))
    inherited = [...new Set([...fromParent, ...files])].sort((one, other) => one - other)
  }
  inherited = inherited.filter(isOpen)
  return inherited
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd)
    return true
  } catch {
    return false
  }
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile()
  } catch {
    return false
  }
}

/** A descriptor that has been closed since it was listed is not. */
function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
    return flags !== null && (Number.parseInt(flags[1], 8) & O_CLOEXEC) === 0
  } catch {
    return false
  }
}
