import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { programEnvironment } from '../../src/cli/commands/ncs/program-environment.js'
import type { Client } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { kinds } from '../../src/protocols/ncs/notifications/kinds.js'
import { Running } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { documents, keysOf } from '../protocols/ncs/seeds.js'
import { readPage } from './page.js'
import { programsOf, writeProgram } from './programs.js'

/** The life of the small monitors that the guide shows. */

const page = readPage('docs/guide/nso.md')
const USUAL = '/run/tocsin/ncs/ipc'

let folder: string
let path: string
let hub: TestHub
let client: Client

beforeEach(async () => {
  folder = temporaryFolder('nso')
  path = join(folder, 'ipc')
  hub = await startTestHub({ config: { ncs: { unix: { path } } } })
  client = await hub.connect()
})
afterEach(async () => {
  await client.close()
  await hub.close()
})

const audit: ncs.NcsNotification = {
  type: ncs.NOTIF_AUDIT,
  audit: { logno: 1, user: 'ann', msg: 'logged in', usid: 12 },
}

test('the table of what the hub reports has each dictionary of the vendor’s documents, and each type once', () => {
  const [, section] = page.text.split('\n## What the hub reports about itself\n')
  const rows = [...section.split('\n## ')[0].matchAll(/^\| ([A-Z_, ]+) \| \S/gm)]
  const named = rows.flatMap(([, types]) => types.split(', '))
  expect(named.toSorted()).toEqual(kinds.map(({ name }) => name.toUpperCase()).toSorted())
  const documented = [documents.newer, documents.older].flatMap(keysOf).flatMap(({ types }) => types)
  const without = documented
    .map((type) => type.replace('NOTIF_', ''))
    .filter((type) => !named.includes(type) && type !== 'TAKEOVER_SYSLOG')
  expect(without).toEqual([])
})

/** It prints, it answers, and it ends when the hub goes down. */
async function liveWith(monitor: Running): Promise<void> {
  const { publishNotification } = ncs.producer(client)
  const answers = async () => (await publishNotification(audit)).acknowledged.length
  await expect.poll(answers, { timeout: 30_000 }).toBe(1)
  await monitor.prints('ann logged in')
  await publishNotification({ type: ncs.NOTIF_SYSTEM_GOING_DOWN })
  expect(await monitor.ended).toMatchObject({ code: 0, stderr: '' })
}

test('the monitor in TypeScript prints and answers until the hub goes down', async () => {
  const program = programsOf(page, 'checked').find(({ text }) => text.includes('NOTIF_AUDIT_SYNC'))!
  expect(program.text).toContain(USUAL)
  const file = writeProgram({ ...program, text: program.text.replace(USUAL, path) })
  await liveWith(new Running(process.execPath, [file]))
})

test('the same in Python does the same', async () => {
  const [{ text }] = page.blocks.filter(({ language }) => language === 'python')
  const env = programEnvironment({ kind: 'unix', path }, undefined, { PATH: process.env.PATH })
  await liveWith(new Running(requireTool('python3'), ['-c', text], { env }))
})
