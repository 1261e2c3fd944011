import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { PartialWalk } from '../../../src/event/msgpack/partial-walk.js'
import { checkValue } from '../../../src/event/msgpack/walk.js'
import { concat, hex } from '../bytes.js'
import { plainValue } from './arbitrary.js'

/** Walks the bytes as they arrive, so many at a time. */
function walked(bytes: Uint8Array, size: number) {
  const walk = new PartialWalk(0, bytes.length)
  for (let held = 0; held < bytes.length; ) {
    held = Math.min(bytes.length, held + size)
    walk.advance(bytes, held)
  }
  return walk.fault
}

const sizes = fc.integer({ min: 1, max: 40 })

describe('a walk through a value that arrives in parts', () => {
  it('finds any value sound that is', () => {
    fc.assert(
      fc.property(plainValue, sizes, (given, size) => {
        expect(walked(encode(given), size)).toBe(undefined)
      }),
    )
  })

  it('finds the same faults as a walk through the whole', () => {
    const damaged = fc.tuple(plainValue, fc.nat(), fc.nat(255)).map(([given, at, byte]) => {
      const bytes = encode(given).slice()
      bytes[at % bytes.length] = byte
      return bytes
    })
    const broken = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 60 }), damaged)
    fc.assert(
      fc.property(broken, sizes, (bytes, size) => {
        expect(walked(bytes, size)).toBe(checkValue(bytes, 0, bytes.length))
      }),
      { numRuns: 2000 },
    )
  })

  it('finds what is nested too deeply as soon as it is there', () => {
    const walk = new PartialWalk(0, 1_000_000)
    walk.advance(new Uint8Array(1000).fill(0x91), 1000)
    expect(walk.fault).toBe('TCN_BODY_DEPTH')
    expect(walked(concat(hex('91 91 91'), hex('c0')), 1)).toBe(undefined)
  })

  it('walks each byte once, however often it is called', () => {
    const bytes = concat(hex('dd 0000ffff'), new Uint8Array(0xffff).fill(0xc0))
    let reads = 0
    const counted = new Proxy(bytes, {
      get(target, name) {
        if (typeof name === 'string' && /^\d+$/.test(name)) reads++
        return Reflect.get(target, name)
      },
    })
    const walk = new PartialWalk(0, bytes.length)
    for (let held = 1; held <= bytes.length; held += 64) walk.advance(counted, held)
    expect(reads).toBeLessThan(3 * bytes.length)
  })
})
