import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { type Contexts, readContexts } from '../../../../src/cli/hub/context-store.js'
import { RunningCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

async function added(...options: string[]): Promise<Contexts['contexts'][string]> {
  const folder = temporaryFolder('context')
  const env = { XDG_CONFIG_HOME: folder, HOME: '/home/ann' }
  const command = new RunningCommand(['context', 'add', 'a', ...options], env)
  expect(await command.ended, command.stderr).toBe(0)
  return readContexts(resolve(folder, 'tocsin/contexts.json')).contexts.a
}

it('a context that is added has the files that are named, from the root', async () => {
  expect(await added('--url', 'tls://h', '--token-file', 'token', '--ca', '/etc/ca.pem')).toEqual({
    url: 'tls://h',
    tokenFile: resolve('token'),
    ca: '/etc/ca.pem',
  })
})

it('a context that is added has a socket that is named from the root', async () => {
  expect(await added('--url', 'run/hub.sock')).toEqual({ url: `unix:${resolve('run/hub.sock')}` })
})
