import { afterAll, beforeAll, expect, it } from 'vitest'
import { HubProcess } from './hub-process.js'

let hub: HubProcess
const cursors: string[] = []

beforeAll(async () => {
  hub = await HubProcess.start()
  const events = [
    ['link/eth0', { state: 'up', speed: 100 }],
    ['link/eth1', { state: 'up' }],
    ['link/eth0', { state: 'down', speed: 100, since: 7 }],
    ['link/eth0', { state: 'down', speed: 100, since: 7 }],
  ] as const
  for (const [tag, data] of events) {
    cursors.push((await hub.tocsin(['fire', tag, JSON.stringify(data)])).stdout.trim())
  }
})

afterAll(() => hub[Symbol.asyncDispose]())

it('diff shows what changed since the previous event with the same tag', async () => {
  const { code, stdout } = await hub.tocsin(['diff', cursors[2]])
  expect(code).toBe(0)
  const [before, after, ...changes] = stdout.trimEnd().split('\n')
  expect(before).toMatch(new RegExp(`^--- ${cursors[0]} .*link/eth0$`))
  expect(after).toMatch(new RegExp(`^\\+\\+\\+ ${cursors[2]} .*link/eth0$`))
  expect(changes).toEqual(['~ data.state: "up" -> "down"', '+ data.since: 7'])
})

it('diff prints JSON for programs, and reports when nothing has changed', async () => {
  const json = await hub.tocsin(['diff', cursors[2], '--format', 'json'])
  expect(JSON.parse(json.stdout)).toEqual({
    cursor: cursors[2],
    previous: cursors[0],
    changes: [
      { kind: 'changed', path: 'data.state', before: 'up', after: 'down' },
      { kind: 'added', path: 'data.since', after: 7 },
    ],
  })
  expect((await hub.tocsin(['diff', cursors[3]])).stdout).toContain('no difference in the data\n')
  const given = await hub.tocsin(['diff', cursors[1], '--with', cursors[0], '--format', 'json'])
  expect(JSON.parse(given.stdout).changes).toEqual([{ kind: 'removed', path: 'data.speed', before: 100 }])
})

it('diff reports that there is no previous event with the tag', async () => {
  expect(await hub.tocsin(['diff', cursors[0]])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('TCN_EVENT_UNKNOWN'),
  })
  expect((await hub.tocsin(['diff', 'rubbish'])).code).toBe(2)
})
