import { generateKeyPairSync } from 'node:crypto'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import { alternate, type Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { pause, seconds, until } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { median, pairedRatio, spread } from '../harness/statistics.js'

/** As much as an event with some output of a job, in base64. */
const MESSAGE = 4096
const WARM_UP = 0.5

export const sysadmBridge: Benchmark = {
  rows: [
    {
      name: 'sysadm-bridge',
      what: 'bytes relayed by a SysAdm bridge from a server to a client, messages of 4 KiB; peer a bare pipe between two TLS connections of ws',
      unit: 'MB/s',
      judge: 'ratio-at-least',
      must: 0.5,
      aim: 0.9,
    },
  ],
  async run(bench) {
    const { certificate: cert, key } = await makeCertificate(['localhost'], 1)
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const user = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const keys = [pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()]
    const ours = await Relay.start(bench, await bench.child('sysadm-bridge', { cert, key, keys }), user)
    const bare = await Relay.start(bench, await bench.child('ws-pipe', { cert, key }))
    const length = bench.quick ? 0.5 : 4
    const [relayed, piped] = await alternate(
      bench.turns,
      [ours, bare].map((relay) => () => relay.measure(length)),
    )
    const rates = (rounds: { rate: number }[]) => rounds.map(({ rate }) => rate)
    const costs = (rounds: { cost: number }[]) => median(rounds.map(({ cost }) => cost)).toFixed(2)
    return {
      'sysadm-bridge': {
        value: median(rates(relayed)),
        peer: median(rates(piped)),
        ratio: pairedRatio(rates(relayed), rates(piped)),
        notes: [
          `bridge: ${spread(rates(relayed))}, ${costs(relayed)} ms of processor time for a MB`,
          `pipe: ${spread(rates(piped))}, ${costs(piped)} ms`,
        ],
      },
    }
  },
}

/** A sender and a receiver with something between them, each in a process of its own. */
class Relay {
  readonly #middle: Child
  readonly #sender: Child
  readonly #receiver: Child

  private constructor(middle: Child, sender: Child, receiver: Child) {
    this.#middle = middle
    this.#sender = sender
    this.#receiver = receiver
  }

  static async start(bench: Bench, middle: Child, key?: string): Promise<Relay> {
    const url = await middle.call<string>('url')
    const receiver = await bench.child('relay-end', { url, type: 'client', key })
    const sender = await bench.child('relay-end', { url, type: 'server', key })
    return new Relay(middle, sender, receiver)
  }

  /** Returns MB/s, and the processor time of the process between the ends, ms for a MB. */
  async measure(length: number): Promise<{ rate: number; cost: number }> {
    await this.#sender.call('send', MESSAGE)
    await pause(WARM_UP)
    const before = { bytes: await this.#received(), at: seconds(), cpu: cpuMicros(this.#middle.pid) }
    await pause(length)
    const megabytes = ((await this.#received()) - before.bytes) / 1e6
    const rate = megabytes / (seconds() - before.at)
    const cost = (cpuMicros(this.#middle.pid) - before.cpu) / 1000 / megabytes
    await this.#sender.call('halt')
    await this.#quiet()
    return { rate, cost }
  }

  #received(): Promise<number> {
    return this.#receiver.call<number>('received')
  }

  /** Nothing is on the way any more when nothing arrives. */
  async #quiet(): Promise<void> {
    let last = -1
    await until(
      'nothing more arrives',
      async () => {
        const now = await this.#received()
        const isQuiet = now === last
        last = now
        return isQuiet
      },
      60,
      50,
    )
  }
}
