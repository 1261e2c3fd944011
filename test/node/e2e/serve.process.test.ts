// Runs on each supported Node.js: the loader of modules.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../../src/client/index.js'
import { HubProcess, jsonLines, lines, startTocsin, tocsin } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('serve')
})

describe('tocsin serve', () => {
  it('says in the form that is asked for why it cannot start', async () => {
    await using hub = await HubProcess.start({ folder })
    const words = [
      'serve',
      '--data',
      hub.data,
      '--socket',
      join(folder, 'b.sock'),
      '--http',
      'off',
      '--no-sources',
    ]
    const { code, stderr } = await tocsin([...words, '--log-format', 'json'])
    expect(code).not.toBe(0)
    const said = jsonLines(stderr)
    expect(said.at(-1)).toMatchObject({
      level: 'error',
      code: 'TCN_LOG_LOCKED',
      message: expect.stringContaining(String(hub.pid)),
      remedy: expect.any(String),
    })
    expect((await tocsin(words)).stderr).toMatch(/^tocsin: .*\(TCN_LOG_LOCKED\)$/m)
  })

  it('prints its listeners, and commands to try next', async () => {
    await using hub = await HubProcess.start({ folder })
    expect(lines(hub.stderr)[0]).toMatch(/^tocsin \d+\.\d+\.\d+ is ready$/)
    expect(hub.stderr).toContain(`unix:${hub.socket}`)
    expect(hub.stderr).toContain(hub.data)
    const command = /^ {2}(?:npx )?tocsin (fire .*)$/m.exec(hub.stderr)?.[1]
    expect(command).toContain(`--socket ${hub.socket}`)
    expect((await hub.stop()).stdout).toBe('')
  })

  it('takes the defaults of a profile, which options and the configuration override', async () => {
    await using small = await HubProcess.start({ folder, config: 'profile: edge # without http\n' })
    expect(small.stderr).not.toMatch(/^ *http /m)
    await small.stop()
    const config = 'process: { memory: fast } # without http\n'
    await using other = await HubProcess.start({
      folder,
      config,
      args: ['--profile', 'edge', '--http', '127.0.0.1:0'],
    })
    expect(other.stderr).toMatch(/^ *http /m)
    await using client = await connect({ address: other.socket })
    expect(await client.request('config.get', { key: 'process' })).toMatchObject({
      values: [
        { key: 'process.memory', value: 'fast', set: true },
        { key: 'process.watch', value: '250ms', set: false },
      ],
    })
  })

  it('ends with 0 on SIGTERM, and keeps its events', async () => {
    const first = await HubProcess.start({ folder })
    await first.tocsin(['fire', 'kept/event', '1'])
    expect((await first.stop()).code).toBe(0)
    await using second = await HubProcess.start({ folder })
    const { stdout } = await second.tocsin(['read', '--fields', 'tag'])
    expect(lines(stdout)).toEqual(['hub/started', 'kept/event', 'hub/stopping', 'hub/started'])
    expect((await second.tocsin(['log', 'show'])).stdout).toMatch(/^lost +nothing$/m)
  })

  it('ends with 130 on Ctrl-C', async () => {
    await using hub = await HubProcess.start({ folder })
    expect((await hub.signal('SIGINT')).code).toBe(130)
  })

  it('notifies its subscribers, which resume when it is back', async () => {
    const first = await HubProcess.start({ folder })
    const tail = startTocsin(['tail', 'over/', '--fields', 'data'], { env: { TOCSIN_URL: first.socket } })
    while (jsonLines((await first.tocsin(['who', '--format', 'json'])).stdout).length === 0);
    await first.tocsin(['fire', 'over/restart', '1'])
    await tail.prints('1\n')
    await first.stop()
    await tail.says('connection lost')
    await using second = await HubProcess.start({ folder })
    await second.tocsin(['fire', 'over/restart', '2'])
    await tail.prints('2\n')
    expect((await tail.signal('SIGINT')).stdout).toBe('1\n2\n')
  })

  it('keeps nothing with --memory', async () => {
    await using hub = await HubProcess.start({ folder, args: ['--memory'] })
    expect(hub.stderr).toContain('in memory only')
    const { code, stderr } = await hub.tocsin(['fire', 'a', '1', '--ack', 'durable'])
    expect(code).toBe(4)
    expect(stderr).toContain('(TCN_LOG_NOT_DURABLE)')
  })

  it('shows events of this host', async () => {
    await using hub = await HubProcess.start({ folder, sources: true })
    const { code, stdout } = await hub.tocsin([
      'wait',
      'host/*/system/load',
      '--from',
      'start',
      '--timeout',
      '20s',
      '--format',
      'json',
    ])
    expect(code).toBe(0)
    expect(jsonLines(stdout)[0]).toMatchObject({ type: 'host.load', data: { load1: expect.any(Number) } })
    expect((await hub.tocsin(['status'])).stdout).toMatch(/^system +up /m)
  })

  it('does not take over the socket or the data of another hub', async () => {
    await using hub = await HubProcess.start({ folder })
    const socket = await tocsin(['serve', '--memory', '--no-sources', '--socket', hub.socket])
    expect(socket.code).toBe(1)
    expect(socket.stderr).toContain('(TCN_SOCKET_IN_USE)')
    const data = await tocsin([
      'serve',
      '--no-sources',
      '--data',
      hub.data,
      '--socket',
      join(folder, 'other.sock'),
    ])
    expect(data.code).toBe(1)
    expect(data.stderr).toContain('(TCN_LOG_LOCKED)')
    expect((await hub.tocsin(['status'])).code).toBe(0)
  })

  it('takes over the socket that a killed hub left', async () => {
    const first = await HubProcess.start({ folder })
    await first.signal('SIGKILL')
    await using second = await HubProcess.start({ folder })
    expect((await second.tocsin(['status'])).code).toBe(0)
  })

  it('requires a private folder for its socket', async () => {
    const open = join(folder, 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    const { code, stderr } = await tocsin([
      'serve',
      '--memory',
      '--no-sources',
      '--socket',
      join(open, 'x.sock'),
    ])
    expect(code).toBe(1)
    expect(stderr).toContain('(TCN_SOCKET_FOLDER)')
  })

  it.each([
    ['limits: { quewe: 4MiB }\n', 'TCN_CONFIG_INVALID', 'quewe'],
    ['log: [\n', 'TCN_CONFIG_SYNTAX', ':'],
  ])('reports what is wrong in the configuration %j', async (text, error, word) => {
    const file = join(folder, 'tocsin.yaml')
    writeFileSync(file, text)
    const { code, stderr } = await tocsin([
      'serve',
      '--config',
      file,
      '--memory',
      '--socket',
      join(folder, 'x.sock'),
    ])
    expect(code).toBe(2)
    expect(stderr).toContain(`(${error})`)
    expect(stderr).toContain(file)
    expect(stderr).toContain(word)
  })

  it('reports that the named configuration does not exist', async () => {
    const { code, stderr } = await tocsin(['serve', '--config', join(folder, 'none.yaml')])
    expect(code).toBe(1)
    expect(stderr).toContain('(TCN_CONFIG_UNREADABLE)')
  })
})
