import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { processIo } from '../../src/cli/io.js'

test('Node.js warns of no leak while many requests side by side listen for the end of a command', async () => {
  const io = processIo()
  io.takeSignals()
  const warnings: Error[] = []
  const keep = (warning: Error) => {
    // Other tests of the same process may have added listeners elsewhere.
    if (warning.message.includes('AbortSignal')) warnings.push(warning)
  }
  process.on('warning', keep)
  for (let i = 0; i < 100; i++) io.signal.addEventListener('abort', () => {})
  await setImmediate()
  process.off('warning', keep)
  expect(warnings).toEqual([])
})
