import { describe, expect, it } from 'vitest'
import {
  findSocket,
  hubSocketPath,
  type SocketEnvironment,
  socketPath,
} from '../../../src/client/transport/socket-path.js'

function environment(changes: Partial<SocketEnvironment> & { there?: string[] } = {}): SocketEnvironment {
  return {
    variables: {},
    uid: 1000,
    temporary: '/tmp',
    exists: (path) => changes.there?.includes(path) ?? false,
    isPrivate: () => true,
    ...changes,
  }
}

const code = (code: string) => expect.objectContaining({ code })

describe('an address', () => {
  it('is a path, or unix: and a path', () => {
    expect(socketPath('/run/tocsin/tocsin.sock')).toBe('/run/tocsin/tocsin.sock')
    expect(socketPath('unix:/run/t.sock')).toBe('/run/t.sock')
    expect(socketPath('unix:///run/t.sock')).toBe('/run/t.sock')
    expect(socketPath('unix:t.sock')).toBe('t.sock')
    expect(socketPath('./t.sock')).toBe('./t.sock')
  })

  it('of another kind is refused with its code', () => {
    for (const address of ['', 'unix:', 'tcp://127.0.0.1:4581', 'http://x', 'a\0b']) {
      expect(() => socketPath(address)).toThrow(code('TCN_CLIENT_ADDRESS'))
    }
  })

  it('of at most 107 bytes is accepted, a longer one is refused with its code', () => {
    expect(socketPath(`/${'x'.repeat(106)}`)).toHaveLength(107)
    expect(() => socketPath(`/${'x'.repeat(107)}`)).toThrow(code('TCN_CLIENT_PATH_TOO_LONG'))
    expect(() => socketPath(`/${'é'.repeat(54)}`)).toThrow('has 109 bytes')
  })
})

describe('a client', () => {
  it('tries the socket in /run that it cannot see if no other exists, to learn whose it is', () => {
    const there = ['/run/tocsin']
    expect(findSocket(undefined, environment({ there }))).toBe('/run/tocsin/tocsin.sock')
    const variables = { XDG_RUNTIME_DIR: '/run/user/1000' }
    expect(findSocket(undefined, environment({ variables, there }))).toBe('/run/tocsin/tocsin.sock')
    expect(findSocket(undefined, environment({ variables }))).toBe('/run/user/1000/tocsin/tocsin.sock')
  })

  const variables = { XDG_RUNTIME_DIR: '/run/user/1000', TOCSIN_URL: 'unix:/srv/t.sock' }

  it('uses the given address first, then TOCSIN_URL', () => {
    expect(findSocket('/a.sock', environment({ variables }))).toBe('/a.sock')
    expect(findSocket(undefined, environment({ variables }))).toBe('/srv/t.sock')
  })

  it('looks in the runtime folder of the user, in /run and in the temporary folder, in this order', () => {
    const places = [
      '/run/user/1000/tocsin/tocsin.sock',
      '/run/tocsin/tocsin.sock',
      '/tmp/tocsin-1000/tocsin.sock',
    ]
    const user = { XDG_RUNTIME_DIR: '/run/user/1000/' }
    places.forEach((place, i) => {
      expect(findSocket(undefined, environment({ variables: user, there: places.slice(i) }))).toBe(place)
    })
  })

  it('uses the first default path if no socket exists', () => {
    expect(findSocket(undefined, environment())).toBe('/run/tocsin/tocsin.sock')
  })

  it('does not trust a folder under the temporary one that others could have made', () => {
    const there = ['/tmp/tocsin-1000/tocsin.sock']
    expect(findSocket(undefined, environment({ there, isPrivate: () => false }))).toBe(
      '/run/tocsin/tocsin.sock',
    )
  })

  it('ignores an empty TOCSIN_URL and a relative XDG_RUNTIME_DIR', () => {
    const empty = { TOCSIN_URL: '', XDG_RUNTIME_DIR: 'here' }
    expect(findSocket(undefined, environment({ variables: empty }))).toBe('/run/tocsin/tocsin.sock')
  })
})

describe('a hub', () => {
  it('creates its socket in the first folder that clients search and it may write to', () => {
    const place = (changes: Partial<SocketEnvironment>) => hubSocketPath(undefined, environment(changes))
    expect(place({ variables: { XDG_RUNTIME_DIR: '/run/user/1000' } })).toBe(
      '/run/user/1000/tocsin/tocsin.sock',
    )
    expect(place({ uid: 0 })).toBe('/run/tocsin/tocsin.sock')
    expect(place({})).toBe('/tmp/tocsin-1000/tocsin.sock')
    expect(place({ variables: { RUNTIME_DIRECTORY: '/run/tocsin:/run/b' } })).toBe('/run/tocsin/tocsin.sock')
  })

  it('uses the given address first', () => {
    expect(hubSocketPath('/a.sock', environment({ uid: 0 }))).toBe('/a.sock')
    expect(hubSocketPath(undefined, environment({ variables: { TOCSIN_URL: '/b.sock' } }))).toBe('/b.sock')
  })

  it('leaves out a TOCSIN_URL that names a hub elsewhere', () => {
    for (const TOCSIN_URL of ['http://hub:4580', 'wss://hub', 'tcp://hub:4581']) {
      const far = environment({ uid: 0, variables: { TOCSIN_URL } })
      expect(hubSocketPath(undefined, far)).toBe('/run/tocsin/tocsin.sock')
      expect(hubSocketPath('/a.sock', far)).toBe('/a.sock')
    }
  })

  it('refuses a path that is too long', () => {
    const variables = { XDG_RUNTIME_DIR: `/${'x'.repeat(100)}` }
    expect(() => hubSocketPath(undefined, environment({ variables }))).toThrow(
      code('TCN_CLIENT_PATH_TOO_LONG'),
    )
  })
})
