import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import * as ncs from '../../../../src/protocols/ncs/client/ncs.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const folder = temporaryFolder('ncs-watch')

let hub: TestHub
let client: Client
let publish: ncs.NotificationProducer['publishNotification']
const running: RunningCommand[] = []

/** Of a type that can wait, and that the hub does not publish by itself. */
const sent = (user: string, usid = 12): ncs.NcsNotification => ({
  type: ncs.NCS_NOTIF_AUDIT_NETWORK,
  audit_network: { usid, tid: 7, user, device: 'r1', config: 'hostname r1' },
})

async function start() {
  hub = await startTestHub({ config: { ncs: { unix: { path: join(folder, 'ipc') } } } })
  client = await hub.connect()
  publish = ncs.producer(client).publishNotification
}

async function stop() {
  await client.close()
  await hub.close()
}

beforeEach(start)
afterEach(async () => {
  for (const each of running.splice(0)) await each.interrupt()
  await stop()
})

const words = (...options: string[]) => ['ncs', 'watch', '--socket', join(folder, 'ipc'), ...options]

/** Resolves when the command is connected. */
async function watch(...options: string[]): Promise<RunningCommand> {
  const before = new Set(hub.bus.subscriptions)
  const isConnected = () => [...hub.bus.subscriptions].some((each) => !before.has(each))
  const command = new RunningCommand(words(...options))
  running.push(command)
  const early = command.ended.then((code) => {
    throw new Error(`ended with ${code}: ${command.stderr}`)
  })
  await Promise.race([expect.poll(isConnected, { timeout: 30_000 }).toBe(true), early])
  return command
}

describe('tocsin ncs watch', () => {
  it('prints a line for each notification, and ends after so many', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK,REOPEN_LOGS', '--count', '2')
    await publish({ type: ncs.NOTIF_SUBAGENT_INFO, subagent: { type: 1, name: 'edge' } })
    await publish(sent('ann'))
    await publish({ type: ncs.NOTIF_REOPEN_LOGS })
    expect(await command.ended).toBe(0)
    expect(command.stdout).toMatch(
      /^\S+Z {2}AUDIT_NETWORK {6}usid=12 tid=7 user=ann device=r1 config="hostname r1"\n\S+Z {2}REOPEN_LOGS\n$/,
    )
  })

  it('prints a block for each with --format long, and an object a line for programs', async () => {
    const long = await watch('--mask', 'AUDIT_NETWORK', '--format', 'long', '--count', '1')
    const json = await watch('--mask', 'AUDIT_NETWORK', '--json', '--count', '1')
    await publish(sent('ann'))
    await Promise.all([long.ended, json.ended])
    expect(long.stdout.split('\n').slice(1, 3)).toEqual(['  usid             12', '  tid              7'])
    expect(JSON.parse(json.stdout)).toEqual({
      time: expect.stringMatching(/Z$/),
      name: 'AUDIT_NETWORK',
      type: ncs.NCS_NOTIF_AUDIT_NETWORK,
      audit_network: { usid: 12, tid: 7, user: 'ann', device: 'r1', config: 'hostname r1' },
    })
  })

  it('reads the older keys of ConfD on request', async () => {
    const command = await watch('--mask', 'HA_INFO', '--module', 'confd', '--json', '--count', '1')
    const hnot = { type: ncs.HA_INFO_NOPRIMARY, noprimary: ncs.ERR_HA_CLOSED }
    await publish({ type: ncs.NOTIF_HA_INFO, hnot })
    await command.ended
    expect(JSON.parse(command.stdout)).toMatchObject({ hnot: { nomaster: ncs.ERR_HA_CLOSED } })
  })

  it('answers at once, so that nobody waits', async () => {
    await watch('--mask', 'AUDIT_NETWORK', '--sync')
    const { acknowledged, missing } = await publish(sent('ann'))
    expect({ acknowledged, missing }).toEqual({ acknowledged: [expect.any(String)], missing: [] })
  })

  it('answers the oldest notification at each Enter with --answer manual', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK,HA_INFO', '--sync', '--answer', 'manual')
    const settled: string[] = []
    const first = publish(sent('ann')).then(() => settled.push('ann'))
    await command.says('Enter answers AUDIT_NETWORK (1 notification waiting)')
    const second = publish({ type: ncs.NOTIF_HA_INFO, hnot: { type: ncs.HA_INFO_IS_NONE } }).then(() =>
      settled.push('ha'),
    )
    await command.says('Enter answers AUDIT_NETWORK (2 notifications waiting)')
    expect(settled).toEqual([])
    command.stdin.write('\n')
    await first
    await command.says('Enter answers HA_INFO (1 notification waiting)')
    expect(settled).toEqual(['ann'])
    command.stdin.write('\n')
    await second
  })

  it('says that nothing more is answered when the input has ended', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK', '--sync', '--answer', 'manual')
    const published = publish(sent('ann'))
    await command.says('Enter answers')
    command.stdin.end()
    await command.says('1 notification without an answer: standard input has ended')
    await command.interrupt()
    expect((await published).missing).toMatchObject([{ reason: 'left' }])
  })

  it('answers after a delay, and meanwhile goes on', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK,REOPEN_LOGS', '--sync', '--ack', 'delay=100ms')
    const published = publish(sent('ann'))
    await publish({ type: ncs.NOTIF_REOPEN_LOGS })
    await command.prints('REOPEN_LOGS')
    expect((await published).missing).toEqual([])
  })

  it('connects again when the hub is back', async () => {
    const command = await watch('--mask', 'REOPEN_LOGS')
    await stop()
    await command.says('the connection has ended; trying again')
    await start()
    await command.says('connected again; tocsin read ncs/ --from -')
    await publish({ type: ncs.NOTIF_REOPEN_LOGS })
    await command.prints('REOPEN_LOGS')
  })

  it('ends with the reason when it was disconnected for a late answer', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK', '--sync', '--ack', 'delay=1h')
    const { missing } = await ncs.producer(client).publishNotification(sent('ann'), { deadline: 50 })
    expect(missing).toMatchObject([{ reason: 'timeout' }])
    expect(await command.ended).toBe(1)
    expect(command.stderr).toContain('TCN_NCS_TIMEOUT')
  })

  it('ends with exit code 5 if nothing came in time, and 0 if something did', async () => {
    expect((await runCommand(words('--mask', 'AUDIT_NETWORK', '--duration', '50ms'))).code).toBe(5)
    const beats = await runCommand(words('--mask', 'HEARTBEAT', '--heartbeat', '1', '--duration', '1500ms'))
    expect(beats).toMatchObject({ code: 0, stdout: expect.stringContaining('HEARTBEAT') })
  })

  it('says which types there are, and ends with exit code 2', async () => {
    const { code, stderr } = await runCommand(words('--mask', 'NOPE'))
    expect(code).toBe(2)
    expect(stderr).toContain('COMMIT_DIFF')
  })

  it('ends with exit code 3 without a hub, and with 4 for a stream that there is not', async () => {
    const nowhere = await runCommand(['ncs', 'watch', '--socket', join(folder, 'none')])
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('TCN_CLIENT_UNREACHABLE') })
    const unknown = await runCommand(words('--stream', 'none'))
    expect(unknown).toMatchObject({ code: 4, stderr: expect.stringContaining('TCN_NCS_STREAM') })
  })

  it('replays a stream up to its end, and ends there', async () => {
    await client.publish('demo/door', { open: true })
    const stop = new Date(Date.now() + 1500).toISOString()
    const { code, stdout, stderr } = await runCommand(
      words('--stream', 'NETCONF', '--start', '-1h', '--stop', stop),
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n').at(-2)).toContain('type=STREAM_NOTIFICATION_COMPLETE')
    const wrong = await runCommand(words('--stream', 'NETCONF', '--usid', '999'))
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('TCN_NCS_SESSION') })
  })

  it('refuses an address without notification sockets', async () => {
    const { code, stderr } = await runCommand(['ncs', 'watch', '--url', 'https://hub1:4580'])
    expect(code).toBe(2)
    expect(stderr).toContain('tls://')
  })

  it('says so if the hub reports nothing about itself', async () => {
    const silent = await startTestHub()
    const command = new RunningCommand(['ncs', 'watch', '--url', silent.address])
    await command.says('add `ncs: { listen: on }` to its configuration')
    await command.interrupt()
    await silent.close()
  })
})

describe('tocsin ncs produce', () => {
  const produce = (...given: string[]) =>
    runCommand(['ncs', 'produce', '--socket', join(folder, 'ipc'), ...given])

  it('publishes a notification whose type and constants are names, and prints its cursor', async () => {
    const command = await watch('--mask', 'HA_INFO', '--json', '--count', '1')
    const given =
      '{"type": "NOTIF_HA_INFO", "hnot": {"type": "HA_INFO_NOMASTER", "noprimary": "ERR_HA_CLOSED"}}'
    const { code, stdout } = await produce(given)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\S+-\d+\n$/) })
    await command.ended
    expect(JSON.parse(command.stdout)).toMatchObject({ type: 64, hnot: { type: 1, noprimary: 26 } })
  })

  it('publishes what watch has printed, a notification a line', async () => {
    const first = await watch('--mask', 'AUDIT_NETWORK', '--json', '--count', '2')
    await publish(sent('ann'))
    await publish(sent('bob'))
    await first.ended
    const again = await watch('--mask', 'AUDIT_NETWORK', '--count', '2')
    const command = new RunningCommand(['ncs', 'produce', '--socket', join(folder, 'ipc'), '-'])
    command.stdin.end(first.stdout)
    expect(await command.ended).toBe(0)
    await again.ended
    expect(again.stdout).toMatch(/user=ann .*\n.* user=bob /)
  })

  it('publishes lines side by side, and prints their answers in the order of the lines', async () => {
    const reader = ncs.socket(ncs.AF_UNIX)
    const mask = (ncs.NCS_NOTIF_AUDIT_NETWORK | ncs.NCS_NOTIF_AUDIT_NETWORK_SYNC) >>> 0
    await ncs.notificationsConnect(reader, { mask, path: join(folder, 'ipc') })
    const command = new RunningCommand(['ncs', 'produce', '--json', '--socket', join(folder, 'ipc'), '-'])
    running.push(command)
    // The second of them, of a type that waits for nobody, is published while the others wait.
    const lines = [sent('ann'), { type: ncs.NOTIF_SUBAGENT_INFO, subagent: { type: 1, name: 'edge' } }]
    command.stdin.write([...lines, sent('bob'), sent('cyd')].map((each) => JSON.stringify(each)).join('\n'))
    const waiting = [await ncs.readNotification(reader), await ncs.readNotification(reader)]
    command.stdin.end('\n')
    waiting.push(await ncs.readNotification(reader))
    expect(command.stdout).toBe('')
    for (const n of waiting.reverse()) reader.acknowledge(n)
    expect(await command.ended).toBe(0)
    const answers = command.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers.map(({ name }) => name)).toEqual([
      'AUDIT_NETWORK',
      'SUBAGENT_INFO',
      'AUDIT_NETWORK',
      'AUDIT_NETWORK',
    ])
    const seqs = answers.map(({ cursor }) => Number(cursor.split('-')[1]))
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    reader.close()
  })

  it('reports what it has published before a line that is wrong, which it names', async () => {
    const command = new RunningCommand(['ncs', 'produce', '--socket', join(folder, 'ipc'), '-'])
    command.stdin.end(`${JSON.stringify(sent('ann'))}\n{"type": "AUDIT", "audit": {}}\n`)
    expect(await command.ended).toBe(2)
    expect(command.stdout).toMatch(/^\S+-\d+\n$/)
    expect(command.stderr).toMatch(/line 2: AUDIT: .*TCN_NCS_NOTIFICATION/)
  })

  it('ends on Ctrl-C while subscribers are waited for', async () => {
    const reader = await watch('--mask', 'AUDIT_NETWORK', '--sync', '--ack', 'delay=1h')
    const command = new RunningCommand(['ncs', 'produce', '--socket', join(folder, 'ipc'), '-'])
    command.stdin.write(`${JSON.stringify(sent('ann'))}\n`)
    await reader.prints('AUDIT_NETWORK')
    await command.interrupt()
    expect(command.stdout).toBe('')
  })

  it('says who has answered, and fails if an answer did not come', async () => {
    const prompt = await watch('--mask', 'AUDIT_NETWORK', '--sync')
    const late = await watch('--mask', 'AUDIT_NETWORK', '--sync', '--ack', 'delay=1h')
    const { code, stdout, stderr } = await produce(JSON.stringify(sent('ann')), '--deadline', '300ms')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^\S+\nanswered by .*tocsin.*\nno answer from .*tocsin.*: timeout\n$/)
    expect(stderr).toBe('tocsin: 1 answer did not come\n')
    await late.ended
    await prompt.interrupt()
  })

  it('checks every key before anything is published, and only that with --dry-run', async () => {
    const command = await watch('--mask', 'AUDIT_NETWORK,REOPEN_LOGS')
    const wrong = await produce('{"type": "AUDIT", "audit": {"user": "ann"}}')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatch(/the notification: AUDIT: audit\.logno.*TCN_NCS_NOTIFICATION/)
    expect((await produce('[1]')).stderr).toContain('TCN_INPUT_INVALID')
    expect((await produce('{"type": "HEARTBEAT"}')).stderr).toContain('cannot be published')
    const dry = await produce(JSON.stringify(sent('ann')), '--dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: 'ncs/audit_network/r1, waits at ncs/audit-network\n' })
    await publish({ type: ncs.NOTIF_REOPEN_LOGS })
    await command.prints('REOPEN_LOGS')
    expect(command.stdout).not.toContain('AUDIT_NETWORK')
  })
})
