import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, it } from 'vitest'
import { programEnvironment } from '../../../../src/cli/commands/ncs/program-environment.js'

const unix = { kind: 'unix', path: '/run/tocsin/tocsin.sock' } as const

it('a program finds the hub by its socket, and no other by an old port', () => {
  const env = programEnvironment(unix, undefined, {
    HOME: '/root',
    NCS_IPC_PORT: '4569',
    CONFD_IPC_ADDR: 'x',
  })
  const { PYTHONPATH: _, ...rest } = env
  expect(rest).toEqual({ HOME: '/root', NCS_IPC_PATH: unix.path, CONFD_IPC_PATH: unix.path })
})

it('a program finds a hub on another host by its address and port, with the token', () => {
  const env = programEnvironment({ kind: 'tcp', host: 'hub1', port: 4581 }, 'secret', {
    NCS_IPC_PATH: '/old',
  })
  const { PYTHONPATH: _, ...rest } = env
  expect(rest).toEqual({
    NCS_IPC_ADDR: 'hub1',
    NCS_IPC_PORT: '4581',
    CONFD_IPC_ADDR: 'hub1',
    CONFD_IPC_PORT: '4581',
    TOCSIN_TOKEN: 'secret',
  })
})

it('the modules of this package come before those that the user has', () => {
  const { PYTHONPATH = '' } = programEnvironment(unix, undefined, { PYTHONPATH: '/mine' })
  const [shims, packages, ...others] = PYTHONPATH.split(delimiter)
  expect(others).toEqual(['/mine'])
  expect(existsSync(join(shims, '_ncs/events.py'))).toBe(true)
  expect(existsSync(join(packages, 'tocsin/client.py'))).toBe(true)
})

it.each([
  { kind: 'tls', host: 'hub1', port: 4581 },
  { kind: 'web-socket', url: 'ws://hub1:4580/v1/ws' },
] as const)('an address that such programs cannot reach is refused: %j', (address) => {
  expect(() => programEnvironment(address, undefined, {})).toThrow(
    expect.objectContaining({ code: 'TCN_USAGE' }),
  )
})
