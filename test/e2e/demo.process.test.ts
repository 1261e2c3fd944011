import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { startTocsin } from './hub-process.js'

it('the demo publishes into a hub of its own, into another by choice, and leaves nothing behind', async () => {
  const demo = startTocsin(['demo', '--rate', '400', '--hosts', '20'])
  await demo.says(/TOCSIN_URL=\S+/)
  const [, socket] = /TOCSIN_URL=(\S+)/.exec(demo.stderr)!
  const tocsin = (...words: string[]) => startTocsin([...words, '--socket', socket]).ended

  const seen = await tocsin('tail', 'log/', '--from', 'start', '--count', '20', '--format', 'json')
  expect(seen.code).toBe(0)
  expect(seen.stdout.trim().split('\n')).toHaveLength(20)

  // The hub makes its records of hosts a second or so later.
  const ofSite = () => tocsin('hosts', 'list', '--labelled', 'site=ams', '--format', 'json')
  await expect.poll(async () => (await ofSite()).stdout).toContain('"role":"web"')

  const into = await startTocsin(['demo', '--into', socket, '--duration', '500ms', '--rate', '200']).ended
  expect(into).toMatchObject({ code: 0, stderr: expect.stringMatching(/\d events? published/) })
  expect(await tocsin('read', 'demo/log/', '--count', '1')).toMatchObject({ code: 0 })

  expect(await demo.signal('SIGINT')).toMatchObject({ code: 130 })
  expect(existsSync(dirname(socket))).toBe(false)
})
