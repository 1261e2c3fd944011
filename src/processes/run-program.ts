import type { Readable } from 'node:stream'
import { startChild } from './start-child.js'

export interface RunOptions {
  env?: NodeJS.ProcessEnv
  /** ms, after which the program is ended. */
  timeout: number
  /** Bytes of each of stdout and stderr, more of which end the program. */
  maxOutput?: number
  signal?: AbortSignal
}

export interface Outcome {
  /** Exit code; -1 if a signal has ended it. */
  code: number
  signal?: NodeJS.Signals
  output: string
  message: string
}

const MAX_OUTPUT = 2 ** 20

/** Runs a program to its end. Rejects if it cannot be started or is ended before its time. */
export function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { env = process.env, timeout, maxOutput = MAX_OUTPUT, signal } = options
  return new Promise((resolve, reject) => {
    const limits = { timeout, killSignal: 'SIGKILL', ...(signal && { signal }) } as const
    const child = startChild(program, args, { ...limits, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
    const tooMuch = () => {
      reject(new Error(`${program} was ended: it wrote more than ${maxOutput} bytes`))
      child.kill('SIGKILL')
    }
    const [output, message] = streams.map((stream) => collect(stream, maxOutput, tooMuch))
    child.once('error', reject)
    child.once('exit', () => {
      // Its children may hold its output open indefinitely.
      if (child.killed) for (const stream of streams) stream.destroy()
    })
    child.once('close', (code, by) => {
      if (child.killed) reject(new Error(`${program} was ended after ${timeout / 1000} s`))
      resolve({ code: code ?? -1, ...(by !== null && { signal: by }), output: output(), message: message() })
    })
  })
}

function collect(stream: Readable, max: number, tooMuch: () => void): () => string {
  const pieces: Buffer[] = []
  let bytes = 0
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes <= max) pieces.push(piece)
    else tooMuch()
  })
  return () => Buffer.concat(pieces).toString('utf8')
}
