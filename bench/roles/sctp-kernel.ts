import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { alternate } from '../harness/bench.js'

/** Runs the ends in TypeScript and in C in turn, in the test kernel. Writes the messages per second of each round. */
const { sctp_peer: peer, sctp_rounds: rounds, sctp_seconds: duration, sctp_figures: file } = process.env
const WARM_UP_SECONDS = 3

// As much as both receivers request.
writeFileSync('/proc/sys/net/core/rmem_max', String(16 * 1024 * 1024))
const own = fileURLToPath(new URL('sctp-end.js', import.meta.url))
const sides = await Promise.all([side([process.execPath, own], 7001), side([peer!], 7002)])
await sides[0](WARM_UP_SECONDS)
const figures = await alternate(
  Number(rounds),
  sides.map((run) => () => run(Number(duration))),
)
writeFileSync(file!, JSON.stringify(figures))
process.exit()

async function side(command: string[], port: number): Promise<(seconds: number) => Promise<number>> {
  const receiver = await start([...command, 'receive', String(port)])
  const sender = await start([...command, 'send', String(port)])
  return async (seconds) => {
    const rate = next(receiver.lines)
    sender.process.stdin!.write(`${seconds}\n`)
    await next(sender.lines)
    return Number(await rate)
  }
}

async function start([program, ...args]: string[]): Promise<{ process: ChildProcess; lines: Interface }> {
  const process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(process.stdout!)
  await next(lines)
  return { process, lines }
}

function next(lines: Interface): Promise<string> {
  return new Promise((resolve) => lines.once('line', resolve))
}
