import { expect, it } from 'vitest'
import { RunningCommand } from '../../../helpers/run-cli.js'
import { EdgeHub, edgeOf } from '../../../upstream/fixture.js'

const answers = { see: '*' as const, monitor: true }

async function doctor(core: EdgeHub, ...args: string[]) {
  const command = new RunningCommand(['doctor', ...args, '--url', core.hub.address])
  const exit = await command.ended
  return { exit, lines: command.stdout.split('\n'), err: command.stderr }
}

it('edge hubs are checked by what they tell of themselves, and those that do not answer are named', async () => {
  await using core = await EdgeHub.start()
  await using _well = await edgeOf(core, 'web1', answers)
  await using ill = await edgeOf(core, 'web2', answers)
  await using _silent = await edgeOf(core, 'web3', null)
  const well = await doctor(core, '--edges', 'web1')
  expect(well).toEqual({ exit: 0, lines: ['✓ 1 edge hub without a problem', '', 'all is well', ''], err: '' })
  const lost = ill.forward({ name: 'elsewhere', servers: ['unix:/nowhere/tocsin.sock'] })
  await ill.until(() => lost.status().state !== 'up')
  const found = await doctor(core, '--edges', 'web*,web9')
  expect(found.exit).toBe(1)
  expect(found.lines).toContainEqual(
    expect.stringMatching(/^[!✗] web2 {2}sources: upstream\/elsewhere is \w+ for /),
  )
  expect(found.lines).toContain('✗ web3  answer: none: the edge hub answers no questions')
  expect(found.lines).toContain('✗ web9  answer: none: no edge hub has this name')
  expect(found.lines).toContain('✓ 1 edge hub without a problem')
  expect(found.lines).toContainEqual(expect.stringMatching(/^ {2}on web2: `tocsin (status|gaps)`$/))
  const json = await doctor(core, '--edges', 'web*,web9', '--json')
  expect(JSON.parse(json.lines.join(''))).toMatchObject({
    sound: false,
    asked: { asked: 4, answered: 2 },
    findings: expect.arrayContaining([expect.objectContaining({ edge: 'web9', state: 'wrong' })]),
  })
})
