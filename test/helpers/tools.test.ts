import { expect, test } from 'vitest'
import { requireTool } from './tools.js'

test('a tool is returned as its path', () => {
  for (const name of ['strace', 'nats-server', 'libfaketime', 'python3-msgpack', 'openssl'] as const) {
    expect(requireTool(name)).toMatch(/^\/.*/)
  }
})
