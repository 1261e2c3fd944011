import { expect, it } from 'vitest'
import { nextTurn } from '../../src/event/runtime.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { Boundary } from '../../src/parts/boundary.js'

/** Does not let the event loop continue. */
function holdUp(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

it('the time in a turn of the event loop is the same for all parts, and begins again in the next one', async () => {
  const runtime = nodeRuntime()
  const part = new Boundary('source', 'a', () => undefined).runtime(runtime)
  await nextTurn(runtime)
  expect(runtime.inTurn?.()).toBe(0)
  holdUp(20)
  expect(part.inTurn?.()).toBeGreaterThanOrEqual(20)
  await nextTurn(runtime)
  expect(part.inTurn?.()).toBe(0)
})
