import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { codeOf, messageOf } from '../../errors/thrown.js'
import { bootId } from '../boot-id.js'

const PATH = '/dev/kmsg'
/** The kernel refuses a read with less room than the next record needs, which is 8 KiB at most. */
const BUFFER_BYTES = 16 * 1024

/** The result of a read of the log that gives no record. */
export type NoRecord = 'end' | 'overwritten'

/** The log of the kernel of this host, from its oldest record on. */
export interface KernelLog {
  /** Returns at once. `overwritten`: the next record was, and a further read continues with the oldest one. */
  read(): string | NoRecord
  close(): void
}

/** The parts of the host that the source needs. */
export interface KernelHost {
  /** Throws an Error that says what to do. */
  open(): KernelLog
  /** Identifies what the host does between two starts. */
  boot(): string
  /** µs since the host was started */
  uptime(): number
}

export const thisKernel: KernelHost = {
  open: () => openKernelLog(),
  boot: bootId,
  uptime: () => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1e6,
}

export function openKernelLog(open: typeof openSync = openSync): KernelLog {
  const buffer = Buffer.alloc(BUFFER_BYTES)
  const fd = explained(() => open(PATH, constants.O_RDONLY | constants.O_NONBLOCK))
  return {
    read() {
      try {
        return buffer.toString('utf8', 0, readSync(fd, buffer))
      } catch (error) {
        return noRecord(error)
      }
    },
    close: () => closeSync(fd),
  }
}

function noRecord(error: unknown): NoRecord {
  const code = codeOf(error)
  if (code === 'EAGAIN') return 'end'
  if (code === 'EPIPE') return 'overwritten'
  throw error
}

function explained<Value>(open: () => Value): Value {
  try {
    return open()
  } catch (error) {
    throw new Error(`${PATH} cannot be read: ${remedies[codeOf(error) ?? ''] ?? messageOf(error)}`)
  }
}

const allowed =
  'the user of the hub may not read it. Allow the unit to with AmbientCapabilities=CAP_SYSLOG, CapabilityBoundingSet=CAP_SYSLOG, ProtectKernelLogs=no and PrivateDevices=no, or all users with `sysctl kernel.dmesg_restrict=0`'

const remedies: Readonly<Record<string, string>> = {
  EPERM: allowed,
  EACCES: allowed,
  ENOENT: 'this system has none, or hides it from the hub (PrivateDevices of the unit)',
}
