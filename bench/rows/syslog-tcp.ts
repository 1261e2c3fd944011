import type { Child } from '../harness/child.js'
import { seconds, until } from '../harness/clock.js'
import { Highest } from '../harness/highest.js'
import { anonymousKilobytes, cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, spread } from '../harness/statistics.js'
import { SyslogHub } from '../sides/syslog-hub.js'

const MAX_MEMORY_MB = 250
const UDP_RATE = 100_000

export const syslogTcp: Benchmark = {
  rows: [
    {
      name: 'syslog-tcp',
      what: 'messages of syslog, 140 bytes each, stored from one TCP connection, none lost, log on',
      unit: 'messages/s',
      judge: 'value-at-least',
      must: 100_000,
      aim: 150_000,
    },
  ],
  async run(bench) {
    const hub = await SyslogHub.start(bench)
    const sender = await bench.child('syslog-sender', hub.ports)
    const length = bench.quick ? 1 : 4
    await streamed(hub, sender, length)
    const highest = new Highest(() => anonymousKilobytes(hub.pid))
    const rounds: Streamed[] = []
    for (let round = 0; round < bench.rounds; round++) rounds.push(await streamed(hub, sender, length))
    const memory = highest.value / 1024
    highest.stop()
    const { lost } = await hub.counts()
    const datagrams = await overUdp(hub, sender, length)
    await hub.client.close()
    const rates = rounds.map(({ rate }) => rate)
    return {
      'syslog-tcp': {
        value: median(rates),
        also: [
          { ok: lost === 0, what: `${lost} messages over TCP reported as lost (none)` },
          {
            ok: memory <= MAX_MEMORY_MB,
            what: `the hub uses ${compact(memory)} MB (at most ${MAX_MEMORY_MB})`,
          },
          { ok: datagrams.uncounted === 0, what: 'every message over UDP is stored, or counted as lost' },
        ],
        notes: [
          `${spread(rates)}; µs of the hub a message: ${compact(median(rounds.map(({ cost }) => cost)))}`,
          `UDP at ${compact(datagrams.rate)}/s: ${compact(datagrams.share * 100)} % lost`,
        ],
      },
    }
  },
}

interface Streamed {
  /** Messages a second, until all are stored. */
  rate: number
  /** Processor time of the hub for a message, µs. */
  cost: number
}

async function streamed(hub: SyslogHub, sender: Child, length: number): Promise<Streamed> {
  const [before, cpu, start] = [await hub.counts(), cpuMicros(hub.pid), seconds()]
  const sent = await sender.call<number>('stream', length)
  const stored = await until('all are stored', async () => {
    const { events } = await hub.counts()
    return events >= before.events + sent && events - before.events
  })
  if (stored !== sent) throw new Error(`${stored} messages were stored, and ${sent} sent`)
  return { rate: sent / (seconds() - start), cost: (cpuMicros(hub.pid) - cpu) / sent }
}

/** The kernel drops what the hub does not read in time, and the hub reports it within seconds. */
async function overUdp(hub: SyslogHub, sender: Child, length: number) {
  const before = await hub.counts()
  const start = seconds()
  const sent = await sender.call<number>('datagrams', UDP_RATE, length)
  const rate = sent / (seconds() - start)
  const after = await until('all are counted', async () => {
    const { events, lost } = await hub.counts()
    return events + lost >= before.events + before.lost + sent && { events, lost }
  })
  const lost = after.lost - before.lost
  return { rate, share: lost / sent, uncounted: sent - lost - (after.events - before.events) }
}
