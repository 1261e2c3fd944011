import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeFrame } from '../../src/protocols/salt/codec/frame.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, lines } from './hub-process.js'

let folder: string
let hub: HubProcess
let place: string[]

beforeAll(async () => {
  folder = temporaryFolder('salt')
  const sockDir = join(folder, 'sockets')
  mkdirSync(sockDir)
  place = ['--sock-dir', sockDir, '--config-dir', folder]
  hub = await HubProcess.start({ config: `salt: [{bus: master, sockDir: ${sockDir}}]\n` })
})

afterAll(() => hub[Symbol.asyncDispose]())

it('the commands send, listen and replay on the sockets of a Salt bus', async () => {
  const sent = await hub.tocsin(['salt', 'send', 'my/tag', '{n: 1, at: 1.5}', 'name=first', ...place])
  expect(sent).toEqual({ code: 0, stdout: '', stderr: '' })
  const past = await hub.tocsin(['salt', 'event', 'my/*', '--from', 'start', '--to', 'end', ...place])
  expect(past.stdout).toMatch(/^my\/tag\t\{"name": "first", "n": 1, "at": 1\.5, "_stamp": "[^"]+"\}\n$/)

  const waiting = hub.startTocsin(['salt', 'wait', 'up/*', '--ids', 'a', '--from', 'start', ...place])
  await hub.tocsin(['salt', 'send', 'up/a', 'id=a', ...place])
  expect(await waiting.ended).toEqual({ code: 0, stdout: 'a\n', stderr: '' })
})

it('the command jobs shows jobs', async () => {
  const jid = '20261120044233603103'
  const published = `{jid: '${jid}', fun: test.ping, tgt: '*', tgt_type: glob, minions: [a, b]}`
  await hub.tocsin(['salt', 'send', `salt/job/${jid}/new`, published, ...place])
  await hub.tocsin(['salt', 'send', `salt/job/${jid}/ret/a`, '{id: a, return: true, retcode: 0}', ...place])
  const { code, stdout } = await hub.tocsin(['salt', 'jobs', jid])
  expect(code).toBe(0)
  expect(lines(stdout)).toContain('minions   2 targeted, 1 returned, 0 failed, 1 missing')
})

it('the hub reports invalid input from publishers on stderr', async () => {
  const socket = connect(join(folder, 'sockets/master_event_pull.ipc'))
  socket.end(encodeFrame(new TextEncoder().encode('no line feeds')))
  await expect
    .poll(() => hub.stderr, { timeout: 30_000 })
    .toContain('salt/master: 1 event dropped: the two line feeds between tag and body are missing')
  socket.destroy()
})
