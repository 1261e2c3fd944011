import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkContents } from '../../../src/config/commits/reach.js'
import { hubSchema } from '../../../src/hub/config/index.js'
import { PROFILES } from '../../../src/hub/config/profiles.js'
import { repeats } from '../../helpers/repeats.js'

const schema = hubSchema(PROFILES[0])
const far = { local: false, owner: true }

/** A source that has its secret in a file. */
interface Entry {
  name: string
  broker: string
  secure?: boolean
  user?: string
  passwordFile?: string
}

const contentOf = (mqtt: readonly Entry[]) => ({ sources: { mqtt } })
const may = (who: { local: boolean; owner: boolean }, before: readonly Entry[], after: readonly Entry[]) => {
  try {
    checkContents(who, schema, contentOf(before), contentOf(after))
    return true
  } catch {
    return false
  }
}

function refusal(before: readonly Entry[], after: readonly Entry[]): unknown {
  try {
    checkContents(far, schema, contentOf(before), contentOf(after))
  } catch (error) {
    return error
  }
}

const few = (...names: string[]) => fc.constantFrom(...names)
const entry: fc.Arbitrary<Entry> = fc.record(
  {
    name: few('gate', 'yard', 'roof', 'hall', 'dock'),
    broker: few('a:1', 'b:1', 'c:1'),
    secure: fc.boolean(),
    user: few('me'),
    passwordFile: few('/etc/one', '/etc/two'),
  },
  { requiredKeys: ['name', 'broker'] },
)
const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 })

/** The destination and the file of the secret, for each entry that has one. */
const usesOf = (all: readonly Entry[]) =>
  all.flatMap(({ broker, secure = null, passwordFile }) =>
    passwordFile === undefined ? [] : [JSON.stringify([broker, secure, passwordFile])],
  )

/** Some entries of a list in another order, some of them changed. */
const edited = (before: readonly Entry[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...before]),
      fc.array(fc.record(entryChange, { requiredKeys: [] }), { minLength: 5, maxLength: 5 }),
      fc.array(entry, { maxLength: 1 }),
    )
    .map(([kept, changes, more]) => [
      ...kept.map((each, at): Entry => Object.assign({ ...each }, changes[at])),
      ...more,
    ])
const entryChange = {
  name: few('gate', 'new'),
  broker: few('a:1', 'evil:1'),
  passwordFile: few('/etc/one', '/etc/two', '/etc/shadow'),
}
const pairOfLists = entries.chain((before) =>
  fc.tuple(fc.constant(before), fc.oneof(edited(before), entries)),
)

describe('a list of entries of which some have secrets in files', () => {
  it('may be reordered by the owner from elsewhere, and loses those without one', () => {
    const partsOf = (all: Entry[]) => {
      const open = all.filter(({ passwordFile }) => passwordFile === undefined)
      const shut = all.filter(({ passwordFile }) => passwordFile !== undefined)
      return fc
        .subarray(open)
        .chain((kept) => fc.shuffledSubarray([...kept, ...shut], { minLength: kept.length + shut.length }))
    }
    fc.assert(
      fc.property(
        entries.chain((before) => fc.tuple(fc.constant(before), partsOf(before))),
        ([before, after]) => {
          expect(may(far, before, after)).toBe(true)
        },
      ),
    )
  })

  it('never lets the secret of a file go to another destination, or another entry have it', () => {
    let accepted = 0
    fc.assert(
      fc.property(pairOfLists, ([before, after]) => {
        if (!may(far, before, after)) return
        accepted++
        expect(usesOf(after).sort()).toEqual(usesOf(before).sort())
      }),
      { numRuns: repeats(250, 20000) },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it('is not changed by anybody who is not the owner, not even in its order', () => {
    const before = [
      { name: 'gate', broker: 'a:1' },
      { name: 'yard', broker: 'b:1', user: 'me', passwordFile: '/etc/one' },
    ]
    for (const local of [false, true])
      for (const after of [before.slice(1), before.toReversed()])
        expect(may({ local, owner: false }, before, after)).toBe(false)
    expect(may(far, before, before.slice(1))).toBe(true)
    expect(may(far, before, before.toReversed())).toBe(true)
    expect(may(far, before, before.slice(0, 1))).toBe(false)
  })

  it('is named in a refusal as the editor wrote it, or as it was if it is gone', () => {
    const login = { user: 'me', passwordFile: '/etc/one' }
    const before = [
      { name: 'gate', broker: 'a:1' },
      { name: 'yard', broker: 'b:1', ...login },
    ]
    const [gate, yard] = before
    expect(refusal(before, [{ ...yard, broker: 'evil:1' }, gate])).toMatchObject({
      message: 'sources.mqtt[0].broker of "yard" can be changed only over a unix socket or in the file',
      details: { key: 'sources.mqtt[0].broker' },
    })
    expect(refusal(before, [{ name: 'roof', broker: 'c:1', ...login }, yard, gate])).toMatchObject({
      message: expect.stringContaining('sources.mqtt[0].broker of "roof" can'),
    })
    expect(refusal(before, [gate])).toMatchObject({
      message: expect.stringMatching(/^sources\.mqtt\[1\]\.\w+ of "yard" can/),
    })
  })
})
