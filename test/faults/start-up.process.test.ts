import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { open } from 'lmdb'
import { beforeEach, describe, expect, test } from 'vitest'
import { connect, type Status } from '../../src/client/index.js'
import { readChecked, writeCheckedNow } from '../../src/storage/checked-file.js'
import { thisProcess } from '../../src/storage/lock-holder.js'
import { type Ended, HubProcess, jsonLines, startTocsin } from '../e2e/hub-process.js'
import { RawPeer } from '../faces/native/raw-peer.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { eventually } from './eventually.js'
import { Pair } from './pair.js'

let folder: string
let data: string
let socket: string
let config: string

beforeEach(() => {
  folder = temporaryFolder('start')
  data = join(folder, 'data')
  socket = join(folder, 'tocsin.sock')
  config = join(folder, 'tocsin.yaml')
})

/** Starts a hub that does not come up. Resolves with its output and exit status. */
async function refusal(args: Partial<Record<'data' | 'socket' | 'config', string>> = {}): Promise<Ended> {
  const places = { data, socket, ...args }
  const given = Object.entries(places).flatMap(([name, value]) => [`--${name}`, value])
  return startTocsin(['serve', '--no-sources', ...given]).ended
}

function failed(code: string, message: string | RegExp, exit = 1) {
  const stderr = expect.stringMatching(
    typeof message === 'string' ? `tocsin: ${escapeRegExp(message)}.* \\(${code}\\)` : message,
  )
  return { code: exit, stdout: '', stderr }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

describe('sockets', () => {
  test('left by a crash are taken over', async () => {
    const first = await HubProcess.start({ folder })
    await first.signal('SIGKILL')
    expect(existsSync(socket)).toBe(true)
    await using again = await HubProcess.start({ folder })
    expect(await again.tocsin(['fire', 'a', '1'])).toMatchObject({ code: 0 })
    expect(await again.stop()).toMatchObject({ code: 0 })
    expect(existsSync(socket)).toBe(false)
  })

  test('are not opened while another hub is about to listen in the same folder', async () => {
    const lock = join(folder, '.tocsin.lock')
    const { pid, start, boot } = thisProcess()
    writeFileSync(lock, `${pid} ${start} ${boot}`)
    await using hub = startTocsinHub({ data, socket })
    await eventually(() => existsSync(join(data, 'state/data.mdb')))
    rmSync(lock)
    await hub.ready
    expect(existsSync(lock)).toBe(false)
  })

  test('that a running hub listens on are left to it', async () => {
    await using hub = await HubProcess.start({ folder })
    await using pair = await Pair.open(hub.socket)
    const other = join(folder, 'other')
    const expected = failed('TCN_SOCKET_IN_USE', `a hub already listens on ${socket}`)
    expect(await refusal({ data: other })).toMatchObject(expected)
    await pair.roundTrip()
    // The data folder that it had opened is free again.
    await using elsewhere = startTocsinHub({ data: other, socket: join(folder, 'other.sock') })
    await elsewhere.ready
  })

  test('at an invalid path or in a folder with open permissions are refused', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, 'precious')
    const inUse = failed('TCN_SOCKET_PATH_TAKEN', `${file} already exists and is not a socket`)
    expect(await refusal({ socket: file })).toMatchObject(inUse)
    expect(statSync(file).size).toBe(8)
    const long = join(folder, 'x'.repeat(107))
    const tooLong = failed('TCN_CLIENT_PATH_TOO_LONG', "the socket's path has", 2)
    expect(await refusal({ socket: long })).toMatchObject(tooLong)
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o755)
    const open = failed('TCN_SOCKET_FOLDER', `the folder ${shared} has mode 755; it must be 700`)
    expect(await refusal({ socket: join(shared, 's') })).toMatchObject(open)
  })
})

describe('the data folder', () => {
  test('of another hub is left to it', async () => {
    await using hub = await HubProcess.start({ folder })
    await using pair = await Pair.open(hub.socket)
    const expected = failed('TCN_LOG_LOCKED', `process ${hub.pid} uses ${data}`)
    expect(await refusal({ socket: join(folder, 'other.sock') })).toMatchObject(expected)
    await pair.roundTrip()
  })

  test('of a newer version is refused, and not changed', async () => {
    const first = await HubProcess.start({ folder })
    await first.tocsin(['fire', 'a', '1', '--ack', 'durable'])
    await first.stop()
    await setFormat('99')
    const expected = failed('TCN_LOG_NEWER', `${join(data, 'log/meta')} has format 99; this version supports`)
    expect(await refusal()).toMatchObject(expected)
    await setFormat('1')
    await using again = await HubProcess.start({ folder })
    expect(jsonLines((await again.tocsin(['read', 'a', '--format', 'json'])).stdout)).toHaveLength(1)
  })

  test.each(['log/meta', 'state'])(
    'with something else as %s has it put aside, and is used',
    async (name) => {
      const place = join(data, name)
      const other = new Uint8Array(20_000).fill(7)
      mkdirSync(place, { recursive: true })
      writeFileSync(join(place, 'data.mdb'), other)
      await using hub = await HubProcess.start({ folder })
      const aside = /put aside as (\S+\.damaged-[0-9TZ]+)/.exec(hub.stderr)?.[1] ?? ''
      expect(dirname(aside)).toBe(dirname(place))
      expect(readFileSync(join(aside, 'data.mdb')).equals(other)).toBe(true)
      expect(await hub.tocsin(['fire', 'a', '1', '--ack', 'durable'])).toMatchObject({ code: 0 })
      expect(await hub.stop()).toMatchObject({ code: 0 })
    },
  )

  test('that cannot be created is refused', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const unwritable = failed('TCN_FILE_UNWRITABLE', 'cannot create the data folder')
    expect(await refusal({ data: file })).toMatchObject(unwritable)
    expect(await refusal({ data: '/proc/tocsin' })).toMatchObject(unwritable)
  })

  async function setFormat(format: string): Promise<void> {
    const root = open({ path: join(data, 'log/meta'), noSubdir: false, encoding: 'binary', maxDbs: 8 })
    await root.openDB({ name: 'log', encoding: 'binary' }).put('format', Buffer.from(format))
    await root.close()
    // A newer hub writes its format into the copy too; only one of the two would be damage.
    const copy = join(data, 'log/meta.copy')
    writeCheckedNow(copy, { ...readChecked(copy, 1e6), format: Number(format) })
  }
})

describe('the configuration', () => {
  test.each<[string, string | Uint8Array | undefined, string, string]>([
    ['that is not there', undefined, 'TCN_CONFIG_UNREADABLE', ': ENOENT'],
    ['that is not text', Uint8Array.of(0xff, 0xfe), 'TCN_CONFIG_UNREADABLE', ': '],
    [
      'that is too large',
      new Uint8Array(2 ** 20 + 1).fill(0x23),
      'TCN_CONFIG_UNREADABLE',
      ': it has 1048577',
    ],
    ['that is no YAML', 'log: {\n  a', 'TCN_CONFIG_SYNTAX', ':2:4: '],
    ['with a key twice', 'log: {}\nlog: {}\n', 'TCN_CONFIG_SYNTAX', ':2:1: '],
    [
      'with an unknown key',
      'log:\n  retention:\n    aeg: 3d\n',
      'TCN_CONFIG_INVALID',
      ':3:5: log.retention.aeg: unknown key; did you mean "age"?',
    ],
    ['with a wrong value', 'limits:\n  frame: huge\n', 'TCN_CONFIG_INVALID', ':2:10: limits.frame: '],
  ])('%s is refused with the place of the error', async (_, content, code, message) => {
    if (content !== undefined) writeFileSync(config, content)
    const ended = await refusal({ config })
    expect(ended).toMatchObject(failed(code, `${config}${message}`, code === 'TCN_CONFIG_UNREADABLE' ? 1 : 2))
    expect(existsSync(data)).toBe(false)
  })

  test('that is a folder is refused', async () => {
    expect(await refusal({ config: folder })).toMatchObject(failed('TCN_CONFIG_UNREADABLE', folder))
  })

  test('reports every problem with its line', async () => {
    writeFileSync(config, 'lgo: {}\nlimits: { queue: 1 }\n')
    const { stderr } = await refusal({ config })
    const lines = stderr.split('\n').filter((line) => line.startsWith(`tocsin: ${config}:`))
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).toContain('(TCN_CONFIG_INVALID)')
  })

  test('with an unknown principal of a socket is refused', async () => {
    writeFileSync(config, 'listen: { unix: [{ principal: nobody }] }\n')
    const expected = failed('TCN_CONFIG_INVALID', /there is no principal nobody \(TCN_CONFIG_INVALID\)/, 2)
    expect(await refusal({ config })).toMatchObject(expected)
  })
})

describe('stopping the hub', () => {
  test('with SIGTERM under load keeps accepted events, notifies subscribers and exits with 0', async () => {
    await using hub = await HubProcess.start({ folder })
    const client = await connect({ address: socket, reconnect: false })
    const subscriber = new RawPeer(socket)
    await subscriber.hello()
    subscriber.send('subscribe', { filters: 'load/' })
    const statuses: Status[] = []
    const watching = connect({ address: socket, reconnect: false }).then(async (other) => {
      const subscription = other.subscribe('load/').onStatus((status) => statuses.push(status))
      for await (const _ of subscription.events());
    })
    const ended = watching.catch((error) => error.code)
    const accepted: number[] = []
    const lanes = Array.from({ length: 32 }, async (_, lane) => {
      for (let n = lane; ; n += 32) {
        await client.publish('load/event', n)
        accepted.push(n)
      }
    }).map((lane) => lane.catch((error) => error.code))
    await eventually(() => accepted.length > 5000)
    const started = performance.now()
    expect(await hub.stop()).toMatchObject({ code: 0 })
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(new Set(await Promise.all(lanes))).toEqual(new Set(['TCN_CLIENT_UNREACHABLE']))
    expect((await subscriber.skipTo('goodbye')).body).toMatchObject({ code: 'STOP' })
    await subscriber.closed()
    expect(await ended).toBe('TCN_CLIENT_UNREACHABLE')
    expect(statuses.at(-1)).toMatchObject({ status: 'end' })

    await using again = await HubProcess.start({ folder })
    await using reader = await connect({ address: socket })
    const kept = new Set<number>()
    for await (const event of reader.read('load/').events()) kept.add(event.data as number)
    expect(accepted.filter((n) => !kept.has(n))).toEqual([])
    expect(await reader.request('log.info')).toMatchObject({ lost: [] })
    expect(await again.stop()).toMatchObject({ code: 0 })
  })

  test('is not delayed by a peer that reads nothing', async () => {
    await using hub = await HubProcess.start({ folder })
    const stuck = new RawPeer(socket)
    await stuck.hello()
    stuck.send('subscribe', { filters: 'load/' })
    await stuck.take('live')
    stuck.socket.pause()
    await using client = await connect({ address: socket, reconnect: false })
    for (let n = 0; n < 100; n++) await client.publish('load/event', new Uint8Array(100_000))
    expect(await hub.stop()).toMatchObject({ code: 0 })
  })

  test('with SIGINT is just as orderly, with the exit status of an interrupt', async () => {
    await using hub = await HubProcess.start({ folder })
    await hub.tocsin(['fire', 'a', '1'])
    expect(await hub.signal('SIGINT')).toMatchObject({ code: 130 })
    await using again = await HubProcess.start({ folder })
    expect(jsonLines((await again.tocsin(['read', 'a', '--format', 'json'])).stdout)).toHaveLength(1)
    expect(JSON.parse((await again.tocsin(['gaps', '--format', 'json'])).stdout || '[]')).toEqual([])
  })

  test('does not happen at SIGHUP', async () => {
    await using hub = await HubProcess.start({ folder })
    await using pair = await Pair.open(socket)
    process.kill(hub.pid, 'SIGHUP')
    await eventually(() => hub.stderr.includes('reloaded'))
    await pair.roundTrip()
    expect(await hub.stop()).toMatchObject({ code: 0 })
  })
})

/** Starts a hub with its own data folder and socket; it ends with the test. */
function startTocsinHub(places: { data: string; socket: string }) {
  const running = startTocsin(['serve', '--no-sources', '--data', places.data, '--socket', places.socket])
  return {
    ready: running.says('is ready'),
    [Symbol.asyncDispose]: async () => void (await running.signal('SIGKILL')),
  }
}
