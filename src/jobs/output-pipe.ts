import { fstatSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenUnshared } from '../parts/unix-socket.js'

export interface OutputPipe {
  /** The end that is read. */
  readonly output: Socket
  /** The end for the process, as its stdout and as its stderr. Destroyed here once the process has it. */
  readonly input: Socket
  /** The name in `/proc/PID/fd` of the end that processes write to. */
  readonly name: string | undefined
}

/** Node has no other way to the descriptor of a socket. */
type WithHandle = Socket & { _handle?: { fd?: number } | null }

/**
 * Makes a pair of connected sockets. A process that has the same end as stdout and as stderr writes both in order, which
 * two pipes cannot promise.
 */
export async function outputPipe(): Promise<OutputPipe> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-job-'))
  const server = createServer()
  try {
    const path = join(folder, 'output')
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).once('listening', resolve)
      listenUnshared(server, path)
    })
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const input = connect(path)
    await new Promise<void>((resolve, reject) => input.once('error', reject).once('connect', resolve))
    return { input, output: await accepted, name: nameOf(input) }
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function nameOf({ _handle }: WithHandle): string | undefined {
  const fd = _handle?.fd
  return fd === undefined || fd < 0 ? undefined : `socket:[${fstatSync(fd).ino}]`
}
