import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'
import { quantile } from '../harness/statistics.js'
import type { SysadmCallerOptions } from '../roles/sysadm-caller.js'
import { startSysadmHub } from '../sides/sysadm-hub.js'

const LOGINS_A_SECOND = 1000
const CALLS_A_SECOND = 100

export const sysadmLogins: Benchmark = {
  rows: [
    {
      name: 'sysadm-logins',
      what: `99 of 100 answers to clients of SysAdm during ${LOGINS_A_SECOND.toLocaleString('en')} bad logins/s from one address; peer the same hub without them`,
      unit: 'ms',
      judge: 'ratio-at-most',
      must: 2,
      aim: 1.2,
    },
  ],
  async run(bench) {
    const hub = await startSysadmHub(bench)
    const options = { hub, connections: 10 } satisfies SysadmCallerOptions
    const others = await bench.child('sysadm-caller', options)
    await others.call('open', '127.0.0.1')
    await others.call('login')
    const attacker = await bench.child('sysadm-caller', options)
    const seconds = bench.quick ? 2 : 8
    const p99 = async () =>
      quantile(await others.call<number[]>('calls', CALLS_A_SECOND, seconds), 0.99) / 1000
    let attacks = 0
    let refused = 0
    // From another address each time: those of the last round are refused by now, and cannot connect.
    const attacked = async () => {
      await attacker.call('open', `127.0.1.${++attacks}`)
      const [time, answers] = await Promise.all([
        p99(),
        attacker.call<number>('guess', LOGINS_A_SECOND, seconds),
      ])
      refused += answers
      return time
    }
    await p99()
    const figures = await compareInTurn(
      bench,
      { name: 'under attack', measure: attacked },
      { name: 'alone', measure: p99 },
      7,
    )
    const answered = `${Math.round(refused / (attacks * seconds))} of ${LOGINS_A_SECOND} logins/s were answered; the others wait, unread`
    return { 'sysadm-logins': { ...figures, notes: [...(figures.notes ?? []), answered] } }
  },
}
