import { type DemoEvent, eventOf, type Simulated } from './demo-event.js'

const STATES = [
  'pkg_|-nginx_|-nginx_|-installed',
  'file_|-motd_|-/etc/motd_|-managed',
  'service_|-nginx_|-nginx_|-running',
]
const FIRST_JOB = Date.UTC(2026, 10, 21, 8)
const BETWEEN_JOBS = 60_000

/** One highstate on a few hosts, as Salt reports it; on one of them a state may fail. */
export function highstate(fleet: Simulated): DemoEvent[] {
  const { chance, hosts } = fleet
  const begun = FIRST_JOB + fleet.jobs++ * BETWEEN_JOBS
  const jid = stamp(begun).replaceAll(/\D/g, '')
  const first = chance.whole(0, hosts.length - 1)
  const minions = hosts.slice(first, first + chance.whole(2, 4))
  const failing = chance.happens(0.6) ? chance.pick(minions) : undefined
  const job = { jid, fun: 'state.highstate', arg: [], tgt: minions, tgt_type: 'list', minions, missing: [] }
  return [
    eventOf('salt.job.new', `salt/job/${jid}/new`, { ...job, user: 'root', _stamp: stamp(begun) }),
    ...minions.map((id, i) => result(jid, id, id === failing, stamp(begun + 2_000 + 700 * i))),
  ]
}

/** As Salt writes it: UTC without a zone. */
function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000`
}

function result(jid: string, id: string, fails: boolean, _stamp: string): DemoEvent {
  const states = STATES.map((state, i) => {
    const failed = fails && i === STATES.length - 1
    const comment = failed ? 'Service nginx has failed to start' : 'The state is as it should be'
    return [state, { result: !failed, comment, changes: {}, duration: 12.5 * (i + 1), __run_num__: i }]
  })
  return eventOf('salt.job.ret', `salt/job/${jid}/ret/${id}`, {
    jid,
    id,
    cmd: '_return',
    fun: 'state.highstate',
    fun_args: [],
    success: !fails,
    retcode: fails ? 2 : 0,
    return: Object.fromEntries(states),
    out: 'highstate',
    _stamp,
  })
}
