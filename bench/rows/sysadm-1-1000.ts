import { connect } from '../../src/client/index.js'
import { alternate } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { until } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { JobReadersOptions, Progress } from '../roles/job-readers.js'
import { type SysadmHub, startSysadmHub } from '../sides/sysadm-hub.js'

const CLIENTS = 1000
const LINES_A_SECOND = 1000
/** Every 50 ms: timers of a program are no more exact. */
const PRINTER = (lines: number) =>
  `let n=0;const t=setInterval(()=>{for(let i=0;i<${LINES_A_SECOND / 20}&&n<${lines};i++)console.log('line',n++);if(n>=${lines})clearInterval(t)},50)`

export const sysadm1to1000: Benchmark = {
  rows: [
    {
      name: 'sysadm-1-1000',
      what: `hub CPU for a job that prints ${LINES_A_SECOND.toLocaleString('en')} lines/s to ${CLIENTS.toLocaleString('en')} clients of SysAdm; peer its own WebSocket over TLS`,
      unit: 'ms/s',
      judge: 'ratio-at-most',
      must: 1.3,
      aim: 1,
    },
  ],
  async run(bench) {
    const sides: Side[] = []
    // One after the other: free ports are free only for a moment.
    for (const kind of ['native', 'sysadm'] as const) {
      const hub = await startSysadmHub(bench)
      const readers = await bench.child('job-readers', { hub, kind } satisfies JobReadersOptions)
      await readers.call('add', CLIENTS)
      sides.push({ hub, readers })
    }
    const seconds = bench.quick ? 3 : 10
    const [peer, ours] = await alternate(
      5,
      sides.map((side) => () => measure(side, seconds)),
    )
    const [peers, our] = [peer, ours].map((rounds) => rounds.map(({ cpu }) => cpu))
    return {
      'sysadm-1-1000': {
        value: median(our),
        peer: median(peers),
        ratio: pairedRatio(our, peers),
        also: [
          {
            ok: [...ours, ...peer].every(({ disordered }) => disordered === 0),
            what: 'every client gets every line once, in order',
          },
        ],
        notes: [
          `SysAdm ${spread(our)}, ${compact(ours[0].bytes / 1e6)} MB; peer ${spread(peers)}, ${compact(peer[0].bytes / 1e6)} MB`,
        ],
      },
    }
  },
}

interface Side {
  hub: SysadmHub
  readers: Child
}

let jobs = 0

async function measure({ hub, readers }: Side, seconds: number) {
  const client = await connect({ address: hub.socket })
  await readers.call('reset')
  const before = cpuMicros(hub.pid)
  const lines = LINES_A_SECOND * seconds
  // The second command makes sure that all output of the first has an event of its own.
  const commands = [`${process.execPath} -e "${PRINTER(lines)}"`, 'true']
  await client.request('jobs.run', { id: `sysadm_update_runupdates::${jobs++}`, commands })
  await until(
    'all readers have all lines',
    async () => (await readers.call<Progress>('progress')).lines >= lines,
  )
  const cpu = (cpuMicros(hub.pid) - before) / 1000 / seconds
  await client.close()
  return { cpu, ...(await readers.call<Progress>('progress')) }
}
