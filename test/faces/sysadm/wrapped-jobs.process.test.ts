import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'
import { ask, event, eventsOf, watchJobs } from './job-frames.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    hub: { config: { jobs: { programs: '*', killAfter: '200ms' } } },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const watcher = (args?: unknown) => watchJobs(fixture, args)

const ID = 'sysadm_pkg_install-{1111}'
const COMMANDS = ['sh -c "echo line a 1; echo line a 2; sleep 1.3"', 'echo b']
const QUOTED = COMMANDS.map((command) => JSON.stringify(command))

describe('jobs of the classes of SysAdm', () => {
  const details = (fields: string) => `"process_details":{${fields}}`
  const list = `"cmd_list":[${QUOTED}]`
  const wrapped = (state: string, log: string, fields: string) =>
    event(
      `{"action":"pkg_install","event_system":"sysadm/pkg","pkg_log":"${log}",${details(fields)},"state":"${state}"}`,
    )

  it('have all their events, wrapped, and the beginning of every job besides', async () => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', [ID]: COMMANDS })
    const begun = `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}","state":"running","time_started":"TIME"`
    expect(await eventsOf(seen, ID)).toEqual([
      wrapped('pending', '', `${list},"process_id":"${ID}","state":"pending"`),
      event(`{"process_id":"${ID}","state":"running"}`),
      wrapped('running', '', begun),
      wrapped(
        'running',
        'line a 1\\nline a 2\\n',
        `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}",${QUOTED[0]}:"line a 1\\nline a 2\\n","state":"running","time_started":"TIME"`,
      ),
      wrapped(
        'running',
        'line a 1\\nline a 2\\n',
        `${list},"current_cmd":${QUOTED[0]},"process_id":"${ID}","return_codes/${QUOTED[0].slice(1)}:"0",${QUOTED[0]}:"line a 1\\nline a 2\\n","state":"running","time_started":"TIME"`,
      ),
      wrapped(
        'finished',
        'b\\n',
        `${list},"echo b":"b\\n","process_id":"${ID}","return_codes/echo b":"0","return_codes/${QUOTED[0].slice(1)}:"0",${QUOTED[0]}:"line a 1\\nline a 2\\n","state":"finished","time_finished":"TIME","time_started":"TIME"`,
      ),
    ])
  })

  const finished = (id: string, command: string, output: string) =>
    `{"cmd_list":[${JSON.stringify(command)}],${JSON.stringify(command)}:${JSON.stringify(output)},"process_id":"${id}",` +
    `${JSON.stringify(`return_codes/${command}`)}:"0","state":"finished","time_finished":"TIME","time_started":"TIME"}`
  const upToDate = 'echo "Your packages are up to date."'
  const vulnerable = 'echo "Packages that depend on curl: git, php"'
  const progress = String.raw`printf "a.iso\t55%% of 700 MB\t3 MBps\n"`

  it.each([
    [
      'sysadm_pkg_remove-{1}',
      'echo x',
      'x\n',
      '"action":"pkg_remove","event_system":"sysadm/pkg","pkg_log":"x\\n",',
      '',
    ],
    [
      'sysadm_pkg_check_upgrade-{1}',
      upToDate,
      'Your packages are up to date.\n',
      '"action":"pkg_check_upgrade","event_system":"sysadm/pkg","pkg_log":"Your packages are up to date.\\n",',
      ',"updates_available":"false"',
    ],
    [
      'sysadm_pkg_audit-{1}',
      vulnerable,
      'Packages that depend on curl: git, php\n',
      '"action":"pkg_audit","event_system":"sysadm/pkg","impacts_pkgs":["git","php"],"pkg_log":"Packages that depend on curl: git, php\\n",',
      ',"vulnerable_pkgs":["curl"]',
    ],
    [
      'sysadm_update_runupdates::{1}',
      'echo x',
      'x\n',
      '"event_system":"sysadm/update",',
      ',"update_log":"x\\n"',
    ],
    [
      'sysadm_sourcectl_git::{1}',
      'echo x',
      'x\n',
      '"event_system":"sysadm/sourcectl",',
      ',"update_log":"x\\n"',
    ],
    [
      'sysadm_iohyve_fetch::{1}',
      progress,
      'a.iso\t55% of 700 MB\t3 MBps\n',
      '"download_rate":"3 MBps","event_system":"sysadm/iohyve","filename":"a.iso","percent_done":"55% of 700 MB",',
      '',
    ],
  ])('named %s end with the fields of their class', async (id, command, output, before, after) => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', [id]: command })
    const job = finished(id, command, output)
    expect((await eventsOf(seen, id)).at(-1)).toBe(
      event(`{${before}"process_details":${job},"state":"finished"${after}}`),
    )
  })

  it.each([
    'sysadm_update_checkupdates',
    'sysadm_iocage_fetch_release_12',
    'sysadm_iocage_create_jail_{1}',
    'internal_sysadm_pkg_repo_update_sync',
    '{0c1d}',
  ])('named %s are reported as plain ones', async (id) => {
    const [client, seen] = [await fixture.login(), await watcher()]
    await ask(client, { action: 'run', [id]: 'echo x' })
    expect(await eventsOf(seen, id)).toEqual([
      event(`{"process_id":"${id}","state":"running"}`),
      event(finished(id, 'echo x', 'x\n')),
    ])
  })

  it('that wait are reported every two seconds, and no longer when they run', async () => {
    const clock = clockByHand()
    await using slow = await startSysadm({
      hub: { config: { jobs: { programs: '*', killAfter: '200ms' } } },
      host: ({ runtime }) => ({ runtime: { ...runtime, after: clock.after } }),
    })
    const seen = await watchJobs(slow)
    const clean = await watchJobs(slow, { classes: ['dispatcher'] })
    const limited = await slow.login('operator')
    const subscribe = '{"namespace":"events","name":"subscribe","id":"s","args":"dispatcher"}'
    const answer = await limited.ask(subscribe)
    await using admin = await slow.test.connect()
    const run = (id: string, command: string) =>
      admin.request('jobs.run', { id, commands: [command], queue: 'pkg_queue' })
    await run('before', 'sleep 4321')
    await run('sysadm_pkg_lock-{2}', 'true')
    await run('between', 'sleep 4321')
    await run('sysadm_pkg_lock-{3}', 'true')
    const runs = (id: string) => event(`{"process_id":"${id}","state":"running"}`)
    const waits = (id: string) =>
      event(
        '{"action":"pkg_lock","event_system":"sysadm/pkg","pkg_log":"","process_details":{"cmd_list":["true"],' +
          `"process_id":"${id}","state":"pending"},"state":"pending"}`,
      )
    const both = [waits('sysadm_pkg_lock-{2}'), waits('sysadm_pkg_lock-{3}')]
    expect([await seen.next(), await seen.next(), await seen.next()]).toEqual([runs('before'), ...both])
    const late = await watchJobs(slow)
    // Nobody is reminded who has not taken everything yet.
    const remind = async (client: SysadmClient) => {
      await vi.waitFor(() => {
        clock.advance(2000)
        expect(client.received).not.toEqual([])
      })
      return client.next()
    }
    for (let turn = 0; turn < 2; turn++)
      for (const client of [seen, late]) expect([await remind(client), await client.next()]).toEqual(both)
    await admin.request('jobs.kill', { ids: ['before'] })
    const statesOf = async (client: SysadmClient) =>
      (await eventsOf(client, 'sysadm_pkg_lock-{2}')).map((text) => JSON.parse(text).args.state)
    const states = await statesOf(seen)
    expect(states.slice(states.indexOf('running'))).toEqual(['running', 'running', 'finished'])
    expect(await statesOf(clean)).toEqual(['pending', 'running', 'running', 'finished'])
    expect(await seen.next()).toBe(runs('between'))
    expect(await remind(seen)).toBe(both[1])
    expect(await limited.ask(subscribe)).toBe(answer)
  })
})

describe('with the spelling of the documentation', () => {
  it('a plain job has all its events, in the form of the samples', async () => {
    await using documented = await startSysadm({
      sysadm: { spelling: 'documented' },
      hub: { config: { jobs: { programs: '*' } } },
    })
    const [client, seen] = [await documented.login(), await watchJobs(documented)]
    await ask(client, { action: 'run', random: COMMANDS })
    const sample = (args: string) => `{"namespace":"events","name":"dispatcher","id":"none","args":${args}}`
    const code = (command: string, value: string) =>
      `${JSON.stringify(`return_codes/${JSON.parse(command)}`)}:"${value}"`
    expect(await eventsOf(seen, 'random')).toEqual([
      sample(`{"state":"pending","cmd_list":[${QUOTED}],"process_id":"random"}`),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]}}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]},${QUOTED[0]}:"line a 1\\nline a 2\\n"}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[0]},${QUOTED[0]}:"line a 1\\nline a 2\\n",${code(QUOTED[0], '0')}}`,
      ),
      sample(
        `{"state":"running","cmd_list":[${QUOTED}],"process_id":"random","time_started":"TIME","current_cmd":${QUOTED[1]},${QUOTED[0]}:"line a 1\\nline a 2\\n",${QUOTED[1]}:"b\\n",${code(QUOTED[0], '0')}}`,
      ),
      sample(
        `{"state":"finished","time_finished":"TIME","cmd_list":[${QUOTED}],${code(QUOTED[0], '0')},${code(QUOTED[1], '0')},"process_id":"random"}`,
      ),
    ])
  })
})
