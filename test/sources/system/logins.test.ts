import { beforeEach, describe, expect, it } from 'vitest'
import type { UtmpRecord } from '../../../src/sources/system/utmp.js'
import { SystemHarness } from './harness.js'
import { utmpRecord } from './utmp-record.js'

const WTMP = '/var/log/wtmp'
const UTMP = '/var/run/utmp'
const T0 = 1_700_000_000_000_000

let system: SystemHarness
beforeEach(() => {
  system = new SystemHarness()
})

const login = (user: string, line: string, pid = 100, after = 0): UtmpRecord => ({
  type: 7,
  pid,
  line,
  user,
  host: '192.0.2.7',
  time: T0 + after * 1e6,
})
const dead = (line: string, after: number): UtmpRecord => ({
  type: 8,
  pid: 1,
  line,
  user: '',
  host: '',
  time: T0 + after * 1e6,
})
const boot = (after: number): UtmpRecord => ({ ...login('reboot', '~', 0, after), type: 2 })
const shutdown = (after: number): UtmpRecord => ({ ...login('shutdown', '~', 0, after), type: 1 })

function write(path: string, records: UtmpRecord[], id = 'a'): void {
  const bytes = new Uint8Array(records.length * 384)
  for (const [i, record] of records.entries()) bytes.set(utmpRecord(record), i * 384)
  system.probe.binary.set(path, { id, bytes })
}

const look = () => system.runtime.pass(2_000)
const told = () => system.takeTags('log').filter((tag) => /^log(in|out)\//.test(tag))

describe('with wtmp', () => {
  it('logins and logouts are reported as they are recorded', async () => {
    write(WTMP, [])
    await system.start()
    write(WTMP, [login('ann', 'pts/0'), dead('pts/0', 60)])
    await look()
    expect(system.data('login/ann')).toEqual([
      { user: 'ann', line: 'pts/0', host: '192.0.2.7', pid: 100, at: '2023-11-14T22:13:20.000000Z' },
    ])
    expect(system.data('logout/ann')).toEqual([
      {
        user: 'ann',
        line: 'pts/0',
        host: '192.0.2.7',
        pid: 100,
        since: '2023-11-14T22:13:20.000000Z',
        at: '2023-11-14T22:14:20.000000Z',
      },
    ])
  })

  it('records from before the very first start are not reported', async () => {
    write(WTMP, [login('ann', 'pts/0'), dead('pts/0', 60), login('bob', 'pts/1')])
    await system.start()
    await look()
    expect(told()).toEqual([])
  })

  it('the logout of a user who was logged in at the start is reported', async () => {
    const before = [login('bob', 'pts/1', 7)]
    write(UTMP, before)
    write(WTMP, before)
    await system.start()
    write(WTMP, [...before, dead('pts/1', 5)])
    await look()
    expect(told()).toEqual(['logout/bob'])
  })

  it('records made while the hub was stopped are reported at the next start', async () => {
    write(WTMP, [])
    await system.start()
    write(WTMP, [login('ann', 'pts/0')])
    await look()
    await system.runner.stop()
    write(WTMP, [login('ann', 'pts/0'), login('bob', 'pts/1', 8, 10), dead('pts/0', 20)])
    system.takeTags()
    await system.restart()
    expect(told()).toEqual(['login/bob', 'logout/ann'])
    await look()
    expect(told()).toEqual([])
  })

  it('a shutdown or a boot after a crash logs all users out', async () => {
    write(WTMP, [])
    await system.start()
    const start = [
      login('ann', 'pts/0', 1),
      login('bob', 'pts/1', 2),
      shutdown(30),
      login('cid', 'pts/0', 3, 50),
    ]
    write(WTMP, [...start, boot(90)])
    await look()
    expect(told()).toEqual(['login/ann', 'login/bob', 'logout/ann', 'logout/bob', 'login/cid', 'logout/cid'])
  })

  it('a line that is used again without a logout ends the previous session', async () => {
    write(WTMP, [])
    await system.start()
    write(WTMP, [login('ann', 'pts/0', 1), login('bob', 'pts/0', 2)])
    await look()
    expect(told()).toEqual(['login/ann', 'logout/ann', 'login/bob'])
  })

  it('the rest of a file that was rotated is reported before the new one', async () => {
    write(WTMP, [], 'old')
    await system.start()
    write(`${WTMP}.1`, [login('ann', 'pts/0')], 'old')
    write(WTMP, [dead('pts/0', 5)], 'new')
    await look()
    expect(told()).toEqual(['login/ann', 'logout/ann'])
  })

  it('a file that was replaced or truncated is a gap, and read from its start', async () => {
    write(WTMP, [login('old', 'pts/9')], 'old')
    await system.start()
    write(WTMP, [login('ann', 'pts/0')], 'new')
    await look()
    write(WTMP, [], 'new')
    await look()
    write(WTMP, [login('bob', 'pts/1')], 'new')
    await system.runtime.pass(4_000)
    expect(system.host.data('hub/gap/system').map(({ count, reason }) => [count, reason])).toEqual([
      [null, '/var/log/wtmp was replaced before it was read to its end'],
      [null, '/var/log/wtmp was truncated'],
    ])
    expect(told()).toEqual(['login/ann', 'login/bob'])
  })

  it('records that the hub does not accept are reported later, and none of them twice', async () => {
    write(WTMP, [])
    await system.start()
    system.host.full = true
    write(WTMP, [login('ann', 'pts/0', 1), login('bob', 'pts/1', 2), shutdown(9)])
    await look()
    system.host.full = false
    await look()
    expect(told()).toEqual(['login/ann', 'login/bob', 'logout/ann', 'logout/bob'])
  })

  it('a huge file is reported in parts', async () => {
    write(WTMP, [])
    await system.start()
    write(
      WTMP,
      Array.from({ length: 2_500 }, (_, i) => login('ann', 'pts/0', i + 1)),
    )
    await look()
    expect(system.data('login/ann')).toHaveLength(1_000)
    await look()
    await look()
    expect(system.data('login/ann')).toHaveLength(2_500)
  })

  it('an incomplete record is reported when it is complete', async () => {
    write(WTMP, [])
    await system.start()
    const bytes = utmpRecord(login('ann', 'pts/0'))
    system.probe.binary.set(WTMP, { id: 'a', bytes: bytes.subarray(0, 100) })
    await look()
    expect(told()).toEqual([])
    system.probe.binary.set(WTMP, { id: 'a', bytes })
    await look()
    expect(told()).toEqual(['login/ann'])
  })

  it('a user with a strange name stays in one segment of the tag', async () => {
    write(WTMP, [])
    await system.start()
    write(WTMP, [login('a/b\u001b', 'pts/0')])
    await look()
    expect(told()).toEqual(['login/a%2Fb%1B'])
  })
})

describe('with utmp alone', () => {
  it('users who logged in and out between two observations are reported', async () => {
    write(UTMP, [login('ann', 'pts/0', 1)])
    await system.start()
    expect(told()).toEqual([])
    write(UTMP, [dead('pts/0', 5), login('bob', 'pts/1', 2)])
    await look()
    expect(told()).toEqual(['logout/ann', 'login/bob'])
  })
})

describe('with neither file', () => {
  it('the health reports it, and the source is not degraded by it', async () => {
    await system.start()
    expect(system.runner.status().health).toEqual({
      state: 'up',
      details: { unavailable: { logins: 'there is neither /var/log/wtmp nor /var/run/utmp' } },
    })
  })

  it('a file that is created later is reported from its start', async () => {
    await system.start()
    write(WTMP, [login('ann', 'pts/0')])
    await look()
    expect(told()).toEqual(['login/ann'])
  })
})
