import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { micros, pause, until } from '../harness/clock.js'
import { Highest } from '../harness/highest.js'
import { anonymousKilobytes, cpuMicros, waitMicros } from '../harness/process-facts.js'
import { compact } from '../harness/statistics.js'
import type { ProbeFigures } from '../roles/probe.js'
import { type HostileHubOptions, startHostileHub } from '../sides/hostile-hub.js'
import type { RunningSide } from '../sides/side.js'
import type { Attack, Size, Target } from './attack.js'
import { type LongTurns, watchTurns } from './turns.js'

/** Share of a processor below which the hub is at rest, besides what the probe needs. */
const AT_REST = 0.1
const REST_SECONDS = 120

/** ms and MB. */
export interface Measured extends ProbeFigures {
  growth: number
  /** Share of the time in which the hub was ready to run and other processes had the processors. */
  waited: number
  turns: LongTurns
  note: string
}

/** A hub, a probe that measures what the others notice, and peers that attack the hub one after the other. */
export class Siege {
  readonly hub: RunningSide
  readonly #bench: Bench
  readonly #targets: ReadonlyMap<string, Target>
  readonly #probe: Child

  private constructor(bench: Bench, hub: RunningSide, targets: ReadonlyMap<string, Target>, probe: Child) {
    this.#bench = bench
    this.hub = hub
    this.#targets = targets
    this.#probe = probe
  }

  /** Each attack has a principal of its own, because a principal that was too costly is watched for a while. */
  static async lay(
    bench: Bench,
    attacks: readonly Attack[],
    rate: number,
    options: HostileHubOptions = {},
  ): Promise<Siege> {
    const names = attacks.map(({ name }) => name)
    const { hub, targets } = await startHostileHub(bench, names, options)
    const probe = await bench.child('probe', { address: hub.address, rate, hub: hub.pid })
    return new Siege(bench, hub, targets, probe)
  }

  async strike({ name }: Attack, size: Size, seconds: number): Promise<Measured> {
    const attacker = await this.#bench.child('attacker', this.#targets.get(name)!)
    try {
      await attacker.call('prepare', name, size)
      await this.untilAtRest()
      return await this.measure(() => attacker.call<string>('strike', seconds))
    } finally {
      await attacker.stop()
    }
  }

  async measure(work: () => Promise<string | undefined>): Promise<Measured> {
    const { pid } = this.hub
    const before = anonymousKilobytes(pid)
    const highest = new Highest(() => anonymousKilobytes(pid))
    const turns = await watchTurns(this.hub.address)
    const [started, waitedBefore] = [micros(), waitMicros(pid)]
    try {
      await this.#probe.call('begin')
      const note = await work()
      const figures = await this.#probe.call<ProbeFigures>('end')
      return {
        ...figures,
        note: note ?? '',
        growth: (highest.value - before) / 1024,
        waited: (waitMicros(pid) - waitedBefore) / (micros() - started),
        turns: await turns(),
      }
    } finally {
      highest.stop()
    }
  }

  /** So that each attack is measured alone. */
  async untilAtRest(): Promise<void> {
    const { pid } = this.hub
    const isAtRest = async () => {
      const before = cpuMicros(pid)
      await pause(0.5)
      return (cpuMicros(pid) - before) / 0.5e6 < AT_REST
    }
    await until('the hub is at rest', isAtRest, REST_SECONDS)
  }
}

/** For people, in one line. */
export function describeMeasured(name: string, measured: Measured): string {
  const { p50, p99, max, wallP99, growth, waited, turns, note } = measured
  const times = [p50, p99, max].map((value) => compact(value).padStart(6)).join(' ')
  const longest =
    turns.over === 0
      ? `<= ${turns.atMost} ms`
      : `${turns.over} over 20 ms (${describeParts(turns)}), <= ${turns.atMost}`
  const hub = `hub + ${growth.toFixed(0).padStart(3)} MB, waits ${(waited * 100).toFixed(0).padStart(2)} %, turns ${longest}`
  return `${name.padEnd(18)} p50, p99, max ${times} ms (p99 with waiting ${compact(wallP99)}); ${hub}${note && `; ${note}`}`
}

function describeParts({ parts }: LongTurns): string {
  return [...parts].map(([part, count]) => `${part} ${count}`).join(', ')
}
