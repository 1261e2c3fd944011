// Runs on each supported Node.js: worker threads.
import { expect, test } from 'vitest'
import { RewriteFault, rewriteInThread } from '../../../../src/log/lmdb/rewriting/rewriting-thread.js'

const task = {
  firstSeq: 1,
  folder: '/none',
  target: '/none.compressing',
  mapSize: 2 ** 24,
  isPacked: true,
  isIndexed: false,
}
const program = (text: string) => new URL(`data:text/javascript,${encodeURIComponent(text)}`)
const threads = `import { parentPort, workerData } from 'node:worker_threads'\n`
const never = new AbortController().signal

test('the answer of the thread is the size of the new file', async () => {
  const entry = program(`${threads} parentPort.postMessage({ bytes: workerData.task.mapSize })`)
  expect(await rewriteInThread(entry)(task, never)).toBe(2 ** 24)
})

test('a thread that throws, or ends without an answer, is a failure that can be tried again', async () => {
  await expect(rewriteInThread(program('throw new Error("broken")'))(task, never)).rejects.toThrow('broken')
  const silent = rewriteInThread(program('0'))(task, never)
  await expect(silent).rejects.toThrow(new RewriteFault('the thread has ended before it was done'))
})

test('a thread says that the segment is damaged', async () => {
  const entry = program(`${threads} parentPort.postMessage({ error: { message: 'torn', isDamage: true } })`)
  await expect(rewriteInThread(entry)(task, never)).rejects.toMatchObject({
    message: 'torn',
    isDamage: true,
  })
})

test('a thread learns that it is to stop, and has ended when the work has', async () => {
  const entry = program(`${threads}
    while (Atomics.load(workerData.stop, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
    parentPort.postMessage({ bytes: undefined })`)
  const stop = new AbortController()
  const work = rewriteInThread(entry)(task, stop.signal)
  stop.abort()
  expect(await work).toBeUndefined()
})
