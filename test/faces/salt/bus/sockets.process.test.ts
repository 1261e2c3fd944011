import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hubConfig } from '../../../../src/hub/config/index.js'
import { startTestHub } from '../../../../src/hub/testing.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { type SaltHub, saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

/** Creates a folder with a socket on which nobody listens any longer, as a crash leaves it. */
function folderWithStale(name: string): string {
  const folder = temporaryFolder('salt')
  const bind = `import socket; socket.socket(socket.AF_UNIX).bind(${JSON.stringify(join(folder, name))})`
  execFileSync('/usr/bin/python3', ['-c', bind])
  return folder
}

describe('the sockets of a bus', () => {
  test('of a master have the modes of Salt 3007, and are removed when the hub stops', async () => {
    const salt = await startSaltHub()
    expect(readdirSync(salt.sockDir).sort()).toEqual(['master_event_pub.ipc', 'master_event_pull.ipc'])
    expect([modeOf(salt.sockets.pub), modeOf(salt.sockets.pull)]).toEqual(['660', '600'])
    await salt.hub.close()
    expect(readdirSync(salt.sockDir)).toEqual([])
  })

  test('of a minion are named by its id or hash id, and are accessible only to their owner', async () => {
    await using salt = await startSaltHub({ node: 'minion', id: 'min1' })
    expect(readdirSync(salt.sockDir).sort()).toEqual([
      'minion_event_4f04f01ef6_pub.ipc',
      'minion_event_4f04f01ef6_pull.ipc',
    ])
    for (const name of readdirSync(salt.sockDir)) expect(modeOf(join(salt.sockDir, name))).toBe('600')
    await using other = await startSaltHub({ node: 'minion', id: 'min1', hashId: 'foo' })
    expect(readdirSync(other.sockDir)[0]).toBe('minion_event_2c26b46b68_pub.ipc')
  })

  test.runIf(process.getuid?.() === 0)('of a master may be accessible to a group', async () => {
    await using salt = await startSaltHub({ group: 'daemon' })
    await using numbered = await startSaltHub({ group: '12345' })
    const daemon = Number(execFileSync('getent', ['group', 'daemon']).toString().split(':')[2])
    expect(statSync(salt.sockets.pub).gid).toBe(daemon)
    expect(statSync(numbered.sockets.pub).gid).toBe(12345)
    expect(statSync(salt.sockets.pull).gid).toBe(process.getgid?.())
  })

  test.runIf(process.getuid?.() === 0)('refuse users whom the modes exclude', async () => {
    await using salt = await startSaltHub({ group: 'daemon' })
    execFileSync('chmod', ['755', salt.sockDir])
    const opens = (path: string, groups: string) => {
      const program = `import os, socket
os.setgroups(${groups}); os.setgid(65534); os.setuid(65534)
socket.socket(socket.AF_UNIX).connect(${JSON.stringify(path)})`
      try {
        execFileSync('/usr/bin/python3', ['-c', program], { stdio: 'pipe' })
        return true
      } catch (error) {
        expect(String(error)).toContain('PermissionError')
        return false
      }
    }
    const daemon = String(statSync(salt.sockets.pub).gid)
    expect([opens(salt.sockets.pub, `[${daemon}]`), opens(salt.sockets.pub, '[]')]).toEqual([true, false])
    expect(opens(salt.sockets.pull, `[${daemon}]`)).toBe(false)
  })

  test('of an unknown group are an error that names the group', async () => {
    await expect(startSaltHub({ group: 'no-such-group' })).rejects.toMatchObject({
      code: 'TCN_CONFIG_INVALID',
      message: expect.stringContaining('no-such-group'),
    })
  })

  test('left by a crash are taken over', async () => {
    const sockDir = folderWithStale('master_event_pub.ipc')
    expect(existsSync(join(sockDir, 'master_event_pub.ipc'))).toBe(true)
    await using salt = await startSaltHub({ sockDir })
    const subscriber = await RawSubscriber.open(join(sockDir, 'master_event_pub.ipc'))
    await subscribed(salt, 1)
    await write(await dial(join(sockDir, 'master_event_pull.ipc')), saltFrame('a', {}))
    expect((await subscriber.until(1))[0].tag).toBe('a')
  })

  test('left by a crash are taken over by one of several hubs that start at once', async () => {
    const sockDir = folderWithStale('master_event_pub.ipc')
    writeFileSync(join(sockDir, '.tocsin.lock'), '4194305 1 boot')
    const started = await Promise.allSettled(Array.from({ length: 6 }, () => startSaltHub({ sockDir })))
    const [winner, ...more] = started.filter(({ status }) => status === 'fulfilled')
    expect(more).toEqual([])
    for (const each of started) {
      if (each !== winner) expect(each).toMatchObject({ reason: { code: 'TCN_SOCKET_IN_USE' } })
    }
    await using salt = (winner as PromiseFulfilledResult<SaltHub>).value
    expect(readdirSync(sockDir).sort()).toEqual(['master_event_pub.ipc', 'master_event_pull.ipc'])
    const subscriber = await RawSubscriber.open(join(sockDir, 'master_event_pub.ipc'))
    await subscribed(salt, 1)
    await write(await dial(join(sockDir, 'master_event_pull.ipc')), saltFrame('a', {}))
    expect((await subscriber.until(1))[0].tag).toBe('a')
  })

  test('may be in a folder that is reached through a symbolic link', async () => {
    const folder = temporaryFolder('salt')
    const sockDir = join(folder, 'link')
    mkdirSync(join(folder, 'real'))
    symlinkSync(join(folder, 'real'), sockDir)
    await using salt = await startSaltHub({ sockDir })
    expect(salt.hub.hub.listeners.map(({ face }) => face)).toContain('salt')
  })

  test('do not replace a file', async () => {
    const sockDir = temporaryFolder('salt')
    const path = join(sockDir, 'master_event_pull.ipc')
    writeFileSync(path, 'precious')
    await expect(startSaltHub({ sockDir })).rejects.toMatchObject({
      code: 'TCN_SOCKET_PATH_TAKEN',
      message: expect.stringContaining(path),
    })
    expect(lstatSync(path).isFile()).toBe(true)
    expect(readdirSync(sockDir)).toEqual(['master_event_pull.ipc'])
  })

  test('are not created in a folder where any user could replace them', async () => {
    const sockDir = temporaryFolder('salt')
    execFileSync('chmod', ['777', sockDir])
    await expect(startSaltHub({ sockDir })).rejects.toMatchObject({ code: 'TCN_SOCKET_FOLDER' })
  })

  test('of a second hub in the same folder are refused, and the first hub is not affected', async () => {
    await using salt = await startSaltHub()
    await expect(startSaltHub({ sockDir: salt.sockDir })).rejects.toMatchObject({
      code: 'TCN_SOCKET_IN_USE',
      message: expect.stringContaining(salt.sockets.pub),
    })
    const subscriber = await RawSubscriber.open(salt.sockets.pub)
    await subscribed(salt, 1)
    await write(await dial(salt.sockets.pull), saltFrame('still/here', {}))
    expect((await subscriber.until(1))[0].tag).toBe('still/here')
  })
})

test('over TCP a bus listens only on the loopback address, without sockets in the file system', async () => {
  await using salt = await startSaltHub({ sockDir: undefined, tcp: { pub: 0, pull: 0 } })
  const places = salt.hub.hub.listeners.filter(({ face }) => face === 'salt').map(({ address }) => address)
  expect(places).toEqual([
    expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
    expect.stringContaining('tcp://127.0.0.1:'),
  ])
  const [pub, pull] = places.map((place) => Number(place.split(':')[2]))
  const subscriber = await RawSubscriber.open(pub)
  await subscribed(salt, 1)
  await write(await dial(pull), saltFrame('a', { n: 1 }))
  expect(await subscriber.until(1)).toEqual([{ tag: 'a', data: { n: 1 } }])
})

test('a port that is in use is reported as such', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => other.once('listening', done))
  const { port } = other.address() as { port: number }
  const opening = startSaltHub({ sockDir: undefined, tcp: { pub: 0, pull: port } })
  await expect(opening).rejects.toMatchObject({ code: 'TCN_SOCKET_IN_USE' })
  other.close()
})

test('several buses in one hub keep their events apart', async () => {
  const sockDir = temporaryFolder('salt')
  const minion = (id: string) => ({ bus: id, node: 'minion' as const, id, sockDir })
  await using salt = await startSaltHub(
    {},
    { salt: [{ bus: 'master', sockDir }, minion('min1'), minion('foo')] },
  )
  const path = (hash: string, kind: string) => join(sockDir, `minion_event_${hash}_${kind}.ipc`)
  const one = await RawSubscriber.open(path('4f04f01ef6', 'pub'))
  const two = await RawSubscriber.open(path('2c26b46b68', 'pub'))
  await subscribed(salt, 2)
  await write(await dial(path('4f04f01ef6', 'pull')), saltFrame('of/min1', {}))
  await one.until(1)
  await write(await dial(path('2c26b46b68', 'pull')), saltFrame('of/foo', {}))
  await two.until(1)
  expect([one.events, two.events].map((events) => events.map(({ tag }) => tag))).toEqual([
    ['of/min1'],
    ['of/foo'],
  ])
})

test.each([
  ['a minion without id', { node: 'minion' as const }, 'a minion needs its `id`'],
  ['a hash that nobody knows', { hashType: 'crc7' }, 'must be one of blake2b,'],
  ['a pattern that is none', { show: ['x'.repeat(257)] }, '256'],
])('%s is an error in the configuration', (_, bus, message) => {
  const read = hubConfig.safeParse({ salt: [{ bus: 'b', ...bus }] })
  expect(read.error?.issues.map((issue) => issue.message).join()).toContain(message)
})

test('two buses with one name are an error in the configuration', () => {
  expect(hubConfig.safeParse({ salt: [{ bus: 'b' }, { bus: 'b' }] }).error?.message).toContain('two buses b')
})

test.each([
  ['sockets of one master', [{ bus: 'a' }, { bus: 'b', sockDir: '/run/salt/master' }]],
  [
    'sockets of one minion',
    [
      { bus: 'a', node: 'minion', id: 'web1' },
      { bus: 'b', node: 'minion', id: 'x', hashId: 'web1' },
    ],
  ],
  [
    'a port of another bus',
    [
      { bus: 'a', tcp: { pub: 4512, pull: 4513 } },
      { bus: 'b', tcp: { pub: 4510, pull: 4512 } },
    ],
  ],
  ['one port twice', [{ bus: 'a', tcp: { pub: 4512, pull: 4512 } }]],
])('%s for two listeners are an error in the configuration', (_, salt) => {
  expect(hubConfig.safeParse({ salt }).error?.message).toContain('something else listens at')
})

test('buses of many minions, and ports that the system chooses, do not conflict', () => {
  const tcp = { pub: 0, pull: 0 }
  const salt = [
    { bus: 'master' },
    { bus: 'a', node: 'minion', id: 'web1' },
    { bus: 'b', node: 'minion', id: 'web2' },
    { bus: 'c', tcp },
    { bus: 'd', tcp },
  ]
  expect(hubConfig.safeParse({ salt }).error).toBeUndefined()
})

test('a hub without a configured bus has no Salt listener', async () => {
  await using hub = await startTestHub({ config: { listen: { http: 'off' } } })
  expect(hub.hub.listeners.map(({ face }) => face)).toEqual(['native'])
})
