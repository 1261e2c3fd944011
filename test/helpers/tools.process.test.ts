import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { requireTool } from './tools.js'

test('a tool is returned as its path', () => {
  for (const name of ['strace', 'nats-server', 'libfaketime', 'python3-msgpack', 'openssl'] as const) {
    expect(requireTool(name)).toMatch(/^\/.*/)
  }
})

test('the NATS server for clusters is one whose replicas of a stream stay equal', () => {
  const { stdout } = spawnSync(requireTool('current nats-server'), ['--version'], { encoding: 'utf8' })
  expect(stdout).not.toMatch(/v2\.(?:\d|10\.(?:1?\d|2[0-6]))(?:\D|$)/)
  expect(stdout).toMatch(/^nats-server: v\d/)
})
