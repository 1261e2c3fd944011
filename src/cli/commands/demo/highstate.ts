import type { DemoEvent, Simulated } from './demo-event.js'

const STATES = [
  'pkg_|-nginx_|-nginx_|-installed',
  'file_|-motd_|-/etc/motd_|-managed',
  'service_|-nginx_|-nginx_|-running',
]
const FIRST_JOB = 20_261_121_080_000_000_000n

/** One highstate on a few hosts, as Salt reports it; on one of them a state may fail. */
export function highstate(fleet: Simulated): DemoEvent[] {
  const { chance, hosts } = fleet
  const jid = String(FIRST_JOB + BigInt(fleet.jobs++) * 1_000_000n)
  const first = chance.whole(0, hosts.length - 1)
  const minions = hosts.slice(first, first + chance.whole(2, 4))
  const failing = chance.happens(0.6) ? chance.pick(minions) : undefined
  return [
    {
      tag: `salt/job/${jid}/new`,
      data: { jid, fun: 'state.highstate', arg: [], tgt: minions, tgt_type: 'list', minions, user: 'root' },
    },
    ...minions.map((id) => result(jid, id, id === failing)),
  ]
}

function result(jid: string, id: string, fails: boolean): DemoEvent {
  const states = STATES.map((state, i) => {
    const failed = fails && i === STATES.length - 1
    const comment = failed ? 'Service nginx has failed to start' : 'The state is as it should be'
    return [state, { result: !failed, comment, changes: {}, duration: 12.5 * (i + 1), __run_num__: i }]
  })
  return {
    tag: `salt/job/${jid}/ret/${id}`,
    data: {
      jid,
      id,
      cmd: '_return',
      fun: 'state.highstate',
      fun_args: [],
      success: !fails,
      retcode: fails ? 2 : 0,
      return: Object.fromEntries(states),
    },
  }
}
