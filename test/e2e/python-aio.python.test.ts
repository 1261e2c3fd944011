import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import { PythonProgram } from '../python/python.js'
import { HubProcess } from './hub-process.js'

/** The Python client for asyncio, and a hub that is killed or stands still. */

const START = `
import asyncio, json, sys, tocsin.aio
def tell(value): print(json.dumps(value))
async def line(): return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
`

let hub: HubProcess
beforeEach(async () => {
  hub = await HubProcess.start()
})
afterEach(() => hub[Symbol.asyncDispose]())

const python = (program: string) => new PythonProgram(START + program, { env: { TOCSIN_URL: hub.socket } })

async function stored(filter: string): Promise<unknown[]> {
  const client = await connect({ address: `unix:${hub.socket}` })
  const data: unknown[] = []
  for await (const event of client.read(filter).events()) data.push(event.data)
  await client.close()
  return data
}

it('a publisher and a subscriber go on after the hub is killed: nothing durable is lost or doubled', async () => {
  const program = python(`
async def main():
    async with tocsin.aio.connect() as hub:
        async def follow():
            async for event in hub.subscribe("n", start="start"):
                found.append(event.data)
                if event.data == 999: return
        found = []
        follower = asyncio.ensure_future(follow())
        for n in range(0, 1000, 50):
            await asyncio.gather(*(hub.publish("n", each, durable=True) for each in range(n, n + 50)))
            if n == 200: tell("some")
        await follower
        tell(found)
asyncio.run(main())
`)
  await program.tells(1)
  await hub.signal('SIGKILL')
  hub = await HubProcess.start({ folder: hub.folder })
  const [, found] = await program.result()
  const numbers = Array.from({ length: 1000 }, (_, n) => n)
  expect(await stored('n')).toEqual(numbers)
  // What was delivered and not on disk yet may come again.
  expect([...new Set(found as number[])].sort((one, two) => one - two)).toEqual(numbers)
  expect(program.stderr).not.toContain('Traceback')
})

it('an event whose acknowledgement does not come in time is stored once', async () => {
  const program = python(`
async def main():
    async with tocsin.aio.connect() as hub:
        await hub.publish("n", 1)
        tell("published")
        await line()
        try: await hub.publish("n", 2, timeout=0.2)
        except tocsin.TocsinError as error: tell(error.code)
        await line()
        await hub.publish("n", 3, timeout=30)
asyncio.run(main())
`)
  await program.tells(1)
  process.kill(hub.pid, 'SIGSTOP')
  program.say('')
  expect(await program.tells(2)).toEqual(['published', 'TCN_CLIENT_UNSETTLED'])
  process.kill(hub.pid, 'SIGCONT')
  program.say('')
  await program.result()
  expect(await stored('n')).toEqual([1, 2, 3])
})
