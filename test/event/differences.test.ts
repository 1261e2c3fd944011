import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Change, differences } from '../../src/event/differences.js'

describe('differences', () => {
  it('are fields that were added, removed or changed, with their paths', () => {
    const before = { state: 'up', speed: 100, lag: { active: true, slaves: ['a', 'b'] }, old: 1 }
    const after = { state: 'down', speed: 100, lag: { active: true, slaves: ['a', 'c', 'd'] }, fresh: null }
    expect(differences(before, after)).toEqual([
      { kind: 'changed', path: ['state'], before: 'up', after: 'down' },
      { kind: 'changed', path: ['lag', 'slaves', '1'], before: 'b', after: 'c' },
      { kind: 'added', path: ['lag', 'slaves', '2'], after: 'd' },
      { kind: 'added', path: ['fresh'], after: null },
      { kind: 'removed', path: ['old'], before: 1 },
    ])
  })

  it.each([
    ['a value', 1, 2],
    ['a list and a map', [1], { 0: 1 }],
    ['bytes', new Uint8Array([1]), new Uint8Array([2])],
    ['times', new Date(1), new Date(2)],
  ])('between %s are reported as one change of the whole value', (_name, before, after) => {
    expect(differences(before, after)).toEqual([{ kind: 'changed', path: [], before, after }])
    expect(differences(before, structuredClone(before))).toEqual([])
  })
})

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('', 'x', null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'c.d'), tie('value'), { maxKeys: 3 }),
  ),
})).value

type Node = Record<string, unknown> | unknown[]

/** Applies the changes to a copy. */
function apply(before: unknown, changes: Change[]): unknown {
  let root = structuredClone(before)
  const removedLast = [...changes].sort((one, other) => rank(other) - rank(one))
  for (const change of removedLast) {
    if (change.path.length === 0) root = change.kind === 'removed' ? undefined : change.after
    else applyOne(root as Node, change)
  }
  return root
}

const rank = ({ kind }: Change): number => (kind === 'removed' ? 0 : 1)

function applyOne(root: Node, change: Change): void {
  const parents = change.path.slice(0, -1)
  const key = change.path.at(-1) as string
  const parent = parents.reduce<Node>((node, step) => own(node, step) as Node, root)
  if (change.kind !== 'removed')
    Object.defineProperty(parent, key, {
      value: change.after,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  else if (Array.isArray(parent)) parent.length = Math.min(parent.length, Number(key))
  else Reflect.deleteProperty(parent, key)
}

const own = (node: Node, key: string): unknown => Object.getOwnPropertyDescriptor(node, key)?.value

describe('for any two values', () => {
  it('applying the differences to the first value gives the second', () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        expect(apply(before, differences(before, after))).toEqual(after)
      }),
    )
  })

  it('a value does not differ from itself', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(differences(value, structuredClone(value))).toEqual([])
      }),
    )
  })
})
