import { expect, it } from 'vitest'
import { RunningCommand } from '../../helpers/run-cli.js'
import { EdgeHub, edgeOf, publishLater } from '../../upstream/fixture.js'

const answers = { see: '*' as const, monitor: true }

async function run(core: EdgeHub, ...args: string[]) {
  const command = new RunningCommand([...args, '--url', core.hub.address])
  const exit = await command.ended
  return { exit, out: command.stdout, err: command.stderr }
}

it('read, counts and status show what edge hubs have, and name those that do not answer', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1', answers)
  await using two = await edgeOf(core, 'web2', { see: ['demo/'] })
  await one.publish(1)
  await publishLater(two, 2)
  const read = await run(core, 'read', '--edges', 'web*', 'demo/', '--fields', 'edge,tag')
  expect(read).toEqual({ exit: 0, out: 'web1\tdemo/1\nweb2\tdemo/2\n', err: '' })
  const lines = await run(core, 'read', '--edges', 'web*', 'demo/')
  expect(lines.out.split('\n').map((line) => line.split('  ').slice(1, 3).join())).toEqual([
    'web1,demo/1',
    'web2,demo/2',
    '',
  ])
  const last = await run(
    core,
    'read',
    '--edges',
    'web*',
    'demo/',
    '-n',
    '1',
    '--fields',
    'tag',
    '--show-cursor',
  )
  expect(last).toMatchObject({ exit: 0, out: 'demo/2\n' })
  expect(last.err).toMatch(/^tocsin: cursor: [0-9a-z]{13}-\d+@web2@\d+\n$/)
  const counted = await run(core, 'histogram', '--edges', 'web*,web9', 'demo/', '--buckets', '1')
  expect(counted.out).toContain('2 events')
  expect(counted.err).toBe('tocsin: 2 of 3 edge hubs answered; 1 did not: web9 (no edge hub has this name)\n')
  const each = await run(core, 'histogram', '--edges', 'web*', 'demo/', '--buckets', '1', '--by', 'tag')
  expect(each.out).toMatch(/2 events, [\s\S]*\n\nTAG [\s\S]*demo\/1 .*\n.*demo\/2 /)
  const strict = await run(core, 'read', '--edges', 'web*,web9', 'demo/', '--strict', '--fields', 'tag')
  expect(strict).toMatchObject({ exit: 6, out: 'demo/1\ndemo/2\n' })
  const status = await run(core, 'status', '--edges', 'web*')
  expect(status.out).toMatch(/^EDGE .*\nweb1 /)
  expect(status.err).toContain('1 of 2 edge hubs answered; 1 did not: web2')
})

it('the position of an answer continues at all edge hubs', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1', answers)
  await using two = await edgeOf(core, 'web2', answers)
  await one.publish(1, 3)
  await two.publish(2, 4)
  const args = ['read', '--edges', 'web*', 'demo/', '--fields', 'tag']
  const whole = (await run(core, ...args)).out
  const first = await run(core, ...args, '--count', '1', '--show-cursor')
  const cursor = first.err.trim().replace('tocsin: cursor: ', '')
  expect(first.out + (await run(core, ...args, '--from', cursor)).out).toBe(whole)
})

it('tail follows edge hubs until it is interrupted, and wait ends with the event', async () => {
  await using core = await EdgeHub.start()
  await using one = await edgeOf(core, 'web1', answers)
  const tail = new RunningCommand([
    'tail',
    '--edges',
    '*',
    'demo/',
    '--fields',
    'edge,tag',
    '--url',
    core.hub.address,
  ])
  const wait = new RunningCommand([
    'wait',
    '--edges',
    '*',
    'demo/2',
    '--fields',
    'tag',
    '--url',
    core.hub.address,
  ])
  const asked = () => [...one.hub.bus.subscriptions].filter(({ label }) => label === 'events.read').length
  await one.until(() => asked() === 2)
  await one.publish(1, 2)
  expect(await wait.ended).toBe(0)
  await tail.prints('web1\tdemo/2\n')
  expect(await tail.interrupt()).toBe(130)
  await one.until(() => asked() === 0)
})

it('a choice that makes no sense is refused with what would', async () => {
  await using core = await EdgeHub.start()
  const { exit, err } = await run(core, 'read', '--edges', 'a b')
  expect(exit).toBe(1)
  expect(err).toContain('TCN_EDGE_CHOICE')
  expect(err).toContain('site=fra')
})
