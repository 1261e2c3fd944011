import { expect, test } from 'vitest'
import { BodyReader } from '../../bench/sides/relayed-ends.js'

test('bodies are cut from a stream of bytes, wherever its chunks end', () => {
  const bodies = ['one', 'a longer one', 'three']
  const bytes = Buffer.concat(
    bodies.map((body) => Buffer.concat([Uint8Array.of(body.length, 0, 0, 0), Buffer.from(body)])),
  )
  for (let size = 1; size <= bytes.length; size++) {
    const read: string[] = []
    const reader = new BodyReader((body) => void read.push(body.toString()))
    for (let at = 0; at < bytes.length; at += size) reader.take(bytes.subarray(at, at + size))
    expect(read).toEqual(bodies)
  }
})
