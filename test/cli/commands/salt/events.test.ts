import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SaltEvent } from '../../../../src/protocols/salt/client/index.js'
import { PythonDatetime } from '../../../../src/protocols/salt/codec/values.js'
import { type SaltHub, startSaltHub, subscribed } from '../../../faces/salt/bus/fixture.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

let hub: SaltHub
let minion: SaltHub
let bus: SaltEvent
/** Contains no file, so that the configuration of the machine is not used. */
let configDir: string
let place: string[]

beforeAll(async () => {
  configDir = temporaryFolder('salt-config')
  writeFileSync(join(configDir, 'minion'), 'id: web1\ngrains: {role: web, site: north}\n')
  hub = await startSaltHub()
  minion = await startSaltHub({ bus: 'minion', node: 'minion', id: 'web1' })
  bus = new SaltEvent('master', { sockDir: hub.sockDir, listen: false })
  place = ['--config-dir', configDir]
})

afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await hub[Symbol.asyncDispose]()
  await minion[Symbol.asyncDispose]()
})

const onBus = (...args: string[]) => ['salt', ...args, ...place, '--sock-dir', hub.sockDir]
const inLog = (...args: string[]) => ['salt', ...args, ...place, '--url', hub.hub.address]

/** Starts a command that receives events from now on. */
async function listening(args: string[], from = hub): Promise<RunningCommand> {
  while ([...from.hub.bus.subscriptions].length > 0) await new Promise((go) => setImmediate(go))
  const command = new RunningCommand(args)
  await subscribed(from, 1)
  return command
}

/** Returns the output of a command that listens to the bus while `act` runs. */
async function heard(args: string[], act: () => Promise<unknown>, from = hub): Promise<string> {
  const command = await listening(args, from)
  await act()
  expect(await command.ended, command.stderr).toBe(0)
  return command.stdout
}

/** Runs the command and returns the last event on a bus. */
async function fired(args: string[], from = hub): Promise<{ tag: string; data: Record<string, unknown> }> {
  const ended = await runCommand(args)
  expect(ended).toEqual({ code: 0, stdout: '', stderr: '' })
  const client = await from.hub.connect()
  const events = []
  for await (const event of client.read('!tocsin/').events()) events.push(event)
  await client.close()
  const { tag, data } = events.at(-1) as { tag: string; data: Record<string, unknown> }
  const { _stamp, ...rest } = data
  expect(_stamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+$/)
  return { tag, data: rest }
}

describe('tocsin salt event', () => {
  it('prints the tag, a tab and JSON as Python writes it', async () => {
    const stdout = await heard(onBus('event', 'my/*', '--count', '2'), async () => {
      await bus.fireEvent({ a: [1, 2.5, null, true], é: 'ü\u2028', big: 2n ** 63n }, 'my/tag')
      await bus.fireEvent({}, 'other/tag')
      await bus.fireEvent(
        { bytes: Uint8Array.of(0, 255), at: PythonDatetime.parse('20240102T03:04:05.000006') },
        'my/second',
      )
    })
    const [first, second, rest] = stdout.split('\n')
    expect(first).toMatch(
      /^my\/tag\t\{"a": \[1, 2\.5, null, true\], "é": "ü\u2028", "big": 9223372036854775808, "_stamp": "[^"]+"\}$/,
    )
    expect(second).toContain('my/second\t{"bytes": "AP8=", "at": "2024-01-02 03:04:05.000006", "_stamp": ')
    expect(rest).toBe('')
  })

  it("accepts the spelling of Salt's own command", async () => {
    const words = ['tagmatch=my/(b|c)', 'pretty=True', 'count=1', `sock_dir=${hub.sockDir}`, 'node=master']
    const stdout = await heard(['salt', 'event', ...words, ...place], async () => {
      await bus.fireEvent({}, 'my/bb')
      await bus.fireEvent({ b: 1, a: { d: [], c: {} } }, 'my/c')
    })
    expect(stdout).toMatch(
      /^my\/c\t\{\n {4}"_stamp": "[^"]+",\n {4}"a": \{\n {8}"c": \{\},\n {8}"d": \[\]\n {4}\},\n {4}"b": 1\n\}\n$/,
    )
  })

  it('prints nothing with --quiet, but counts', async () => {
    expect(await heard(onBus('event', '--quiet', '--count', '1'), () => bus.fireEvent({}, 'x'))).toBe('')
  })

  it('replays from the log of a hub, with integers and floats preserved', async () => {
    const { code, stdout } = await runCommand(inLog('event', 'my/tag', '--from', 'start', '--to', 'end'))
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(2)
    expect(stdout).toContain('my/tag\t{"a": [1, 2.5, null, true], "é":')
    const other = await runCommand(inLog('event', '--from', 'start', '--to', 'end', '--bus', 'none'))
    const stderr = 'tocsin: the log has no event of the bus none; there are those of master\n'
    expect(other).toEqual({ code: 0, stdout: '', stderr })
  })

  it('resumes when the bus is available again', async () => {
    const first = await startSaltHub()
    const command = new RunningCommand([
      'salt',
      'event',
      '--count',
      '1',
      ...place,
      '--sock-dir',
      first.sockDir,
    ])
    await subscribed(first, 1)
    await first.hub.close()
    await command.says('connection lost')
    const second = await startSaltHub({ sockDir: first.sockDir })
    await subscribed(second, 1)
    await using event = new SaltEvent('master', { sockDir: first.sockDir, listen: false })
    await event.fireEvent({}, 'after')
    expect(await command.ended).toBe(0)
    expect(command.stdout).toMatch(/^after\t/)
    await second[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })

  it('ends with 3 without a bus, with 5 if no event arrives, with 2 for invalid arguments', async () => {
    const nowhere = await runCommand(['salt', 'event', ...place, '--sock-dir', join(configDir, 'none')])
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('(TCN_SALT_CLOSED)') })
    expect(await runCommand(onBus('event', 'never', '--duration', '50ms'))).toMatchObject({ code: 5 })
    expect(await runCommand(onBus('event', 'colour=True'))).toMatchObject({ code: 2 })
    expect(await runCommand(onBus('event', 'node=syndic'))).toMatchObject({ code: 2 })
    expect(await runCommand(onBus('event', '--to', 'now'))).toMatchObject({ code: 2 })
  })

  it('notes that a tag is not a regular expression, and uses it as a glob', async () => {
    const command = await listening(onBus('event', 'odd[', '--count', '1'))
    await command.says('as a glob only')
    await bus.fireEvent({}, 'odd[')
    expect(await command.ended).toBe(0)
  })
})

describe('tocsin salt send', () => {
  it('puts data and pairs on the bus of the master', async () => {
    const words = [
      'send',
      'myco/tag',
      '{success: True, n: [1, "2"], foo: data wins}',
      'foo=pair',
      'text=a: b',
    ]
    expect(await fired(onBus(...words))).toEqual({
      tag: 'myco/tag',
      data: { foo: 'data wins', text: 'a: b', success: true, n: [1, '2'] },
    })
  })

  it('adds environment and grains', async () => {
    process.env.TOCSIN_SALT_TEST = 'yes'
    const args = [...place, '--sock-dir', minion.sockDir, '--node', 'minion']
    const words = [
      'send',
      'myco/tag',
      'with_env=[TOCSIN_SALT_TEST]',
      'with_grains=[role]',
      'with_env_opts=True',
    ]
    expect(await fired(['salt', ...words, ...args], minion)).toEqual({
      tag: 'fire_master',
      data: {
        tag: 'myco/tag',
        data: {
          __pub_fun: 'event.send',
          environ: { TOCSIN_SALT_TEST: 'yes' },
          grains: { role: 'web' },
          saltenv: 'base',
          pillarenv: null,
        },
        events: null,
        pretag: null,
      },
    })
  })

  it('refuses data that is not a map, an empty tag, and options that need a master', async () => {
    expect(await runCommand(onBus('send', 'a/tag', '[1]'))).toMatchObject({ code: 2 })
    expect(await runCommand(onBus('send', '', '{a: 1}'))).toMatchObject({ code: 2 })
    expect(await runCommand(onBus('send', 'a/tag', 'with_pillar=True'))).toMatchObject({ code: 2 })
    expect(await runCommand(onBus('send', 'a/tag', 'preload={a: 1}'))).toMatchObject({ code: 2 })
  })

  it('refuses a tag that cannot be read back, and sends one with other control characters', async () => {
    const stderr = expect.stringContaining('(TCN_TAG_CONTROL)')
    for (const tag of ['a\n\nb', 'a\n']) {
      expect(await runCommand(onBus('send', tag, 'a=1'))).toMatchObject({ code: 2, stderr })
      expect(await runCommand(onBus('fire', '{a: 1}', tag))).toMatchObject({ code: 2, stderr })
    }
    expect(await runCommand(onBus('send', 'a\nb', 'a=1'))).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('suggests what to do if there is no bus', async () => {
    const nowhere = ['--sock-dir', join(configDir, 'none'), '--timeout', '1ms']
    const { code, stderr } = await runCommand(['salt', 'send', 'a/tag', 'a=1', ...place, ...nowhere])
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Check that the Salt daemon'),
    })
    expect(stderr).not.toContain('autoReconnect')
  })
})

describe('tocsin salt fire and fire-master', () => {
  const onMinion = (...args: string[]) => ['salt', ...args, ...place, '--sock-dir', minion.sockDir]

  it('fires on the bus of the minion', async () => {
    const event = await fired(onMinion('fire', '{data: message}', 'custom/tag', '--minion', 'web1'), minion)
    expect(event).toEqual({ tag: 'custom/tag', data: { data: 'message' } })
    const elsewhere = await runCommand(
      onMinion('fire', '{a: 1}', 'tag', '--minion', 'web2', '--timeout', '10ms'),
    )
    expect(elsewhere).toMatchObject({ code: 3, stderr: expect.stringContaining('no event bus answers') })
  })

  it('lets the minion forward the event', async () => {
    expect(await fired(onMinion('fire-master', '{d: 1}', 'to/master'), minion)).toEqual({
      tag: 'fire_master',
      data: { tag: 'to/master', data: { d: 1 }, events: null, pretag: null },
    })
  })

  it('with preload puts the event on the bus of the master as it would arrive there', async () => {
    const args = ['fire-master', '{d: 1}', 'to/master', '{pretag: site}']
    const { code, stderr } = await runCommand(onMinion(...args, '--timeout', '1ms'))
    expect(code).toBe(3)
    expect(stderr).toContain('with preload --sock-dir is the folder of the sockets of the master')
    expect(await fired(onBus(...args))).toEqual({
      tag: 'to/master',
      data: { id: 'web1', tag: 'to/master', data: { d: 1 }, cmd: '_minion_event', pretag: 'site' },
    })
  })
})

describe('tocsin salt wait', () => {
  it('ends when an event of each ID has arrived', async () => {
    const args = onBus('wait', 'salt/minion/*/start', '--ids', 'a,b,c')
    const stdout = await heard(args, async () => {
      await bus.fireEvent({ id: 'a' }, 'salt/minion/a/start')
      await bus.fireEvent({ id: 'x' }, 'salt/minion/x/start')
      await bus.fireEvent({ id: 'c' }, 'other')
      await bus.fireEvent({ data: { id: ['b', 'c'] } }, 'salt/minion/b/start')
    })
    expect(stdout).toBe('a\nb\nc\n')
  })

  it('prints the result of the state for programs', async () => {
    const args = inLog('wait', 'salt/minion/*', '--ids', 'a', '--from', 'start', '--format', 'json')
    const { code, stdout } = await runCommand(args)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      name: 'salt/minion/*',
      changes: { minions_seen: ['a'] },
      comment: expect.stringMatching(/^All events seen in [\d.]+ seconds\.$/),
      result: true,
    })
  })

  it('ends with 5 at the timeout, which is in seconds as in Salt', async () => {
    const { code, stderr } = await runCommand(onBus('wait', 'a', '--ids', 'x,y', '--timeout', '0.05'))
    expect(code).toBe(5)
    expect(stderr).toContain('Timeout value reached. Not seen: x, y')
    expect(await runCommand(onBus('wait', 'a', '--ids', ','))).toMatchObject({ code: 2 })
  })
})
