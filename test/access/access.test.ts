import { describe, expect, it } from 'vitest'
import { Access, type Grant } from '../../src/access/index.js'
import { encode, encodeFrame } from '../../src/event/index.js'
import { sysadmRight } from '../../src/faces/sysadm/right.js'

const typeOf = () => 'tocsin.event'
const frame = (tag: string, data: unknown = {}) => encodeFrame({ tag, source: 'test', body: encode(data) })

function access(grants: Record<string, Grant>) {
  return new Access(grants, { typeOf }, 'host/test', [sysadmRight])
}

describe('Access', () => {
  it('has an owner of the hub by default, who may do everything', () => {
    const { authorize, ...known } = accessAnd('admin', {})
    expect(known.principal).toEqual({ name: 'admin', source: 'host/test' })
    for (const right of ['publish', 'see', 'produce', 'gate'] as const) {
      expect(authorize(known.principal, right).all).toBe(true)
    }
    expect(authorize(known.principal, 'admin')).toBe(true)
    expect(authorize(known.principal, 'consume', 'anything')).toBe(true)
  })

  it('restricts the owner if the configuration does', () => {
    const { authorize, principal } = accessAnd('admin', { admin: { see: ['demo/'], admin: true } })
    expect(authorize(principal, 'publish').matches(frame('demo/x'), 0)).toBe(false)
    expect(authorize(principal, 'see').matches(frame('demo/x'), 0)).toBe(true)
  })

  it('makes the rights of one principal a step, and keeps unchanged ones', () => {
    const before = { ann: { see: ['a/'] }, bob: { see: ['b/'] } }
    const known = access(before)
    const matcher = (name: string) => known.authorize(known.principal(name), 'see')
    const [ann, bob] = [matcher('ann'), matcher('bob')]
    const after = { ...before, bob: { see: ['c/'] } }
    const steps = known.prepare(after)
    for (const _principal of ['admin', 'ann', 'bob']) expect(steps.next().done).toBe(false)
    const { done, value } = steps.next()
    expect([done, matcher('bob')]).toEqual([true, bob])
    known.replace(after, value ?? undefined)
    expect(matcher('ann')).toBe(ann)
    expect(matcher('bob').matches(frame('c/x'), 0)).toBe(true)
  })

  it('reports a principal that is not configured by its name', () => {
    expect(() => access({}).principal('nobody')).toThrow(
      expect.objectContaining({ code: 'TCN_ACCESS_UNKNOWN', message: expect.stringContaining('nobody') }),
    )
  })

  it('grants nothing by default', () => {
    const { authorize, principal } = accessAnd('guest', { guest: {} })
    for (const right of ['publish', 'see', 'produce', 'gate'] as const) {
      expect(authorize(principal, right).matches(frame('demo/x'), 0)).toBe(false)
    }
    expect(authorize(principal, 'admin')).toBe(false)
    expect(authorize(principal, 'consume', 'x')).toBe(false)
  })

  it('limits a prefix to whole segments', () => {
    const { authorize, principal } = accessAnd('salt', { salt: { see: ['salt/'] } })
    const see = authorize(principal, 'see')
    expect(see.matches(frame('salt/auth'), 0)).toBe(true)
    expect(see.matches(frame('saltmine/x'), 0)).toBe(false)
    expect(see.matches(frame('salt'), 0)).toBe(false)
  })

  it('accepts filters on the content as rights', () => {
    const { authorize, principal } = accessAnd('ops', { ops: { see: [{ exact: { 'data.team': 'ops' } }] } })
    const see = authorize(principal, 'see')
    expect(see.matches(frame('demo/x', { team: 'ops' }), 0)).toBe(true)
    expect(see.matches(frame('demo/x', { team: 'dev' }), 0)).toBe(false)
    expect(see.matches(frame('demo/x'), 0)).toBe(false)
  })

  it('rejects a glob as the extent of a right, because it would permit more than it seems', () => {
    expect(() => access({ x: { see: ['salt*'] } })).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }),
    )
  })

  it('lists the allowed consumers by name, or allows all of them', () => {
    const { authorize, principal } = accessAnd('a', { a: { consume: ['mail'] } })
    expect(authorize(principal, 'consume', 'mail')).toBe(true)
    expect(authorize(principal, 'consume', 'mailer')).toBe(false)
  })

  it('grants monitor alone, or as a part of admin, and lets nobody grant it who does not have it', () => {
    const known = access({ probe: { monitor: true }, keeper: { admin: true }, eye: { see: '*' } })
    const mayLook = (name: string) => known.authorize(known.principal(name), 'monitor')
    expect(['probe', 'keeper', 'eye', 'admin'].map(mayLook)).toEqual([true, true, false, true])
    expect(known.authorize(known.principal('probe'), 'admin')).toBe(false)
    const grant = (by: string) => () =>
      known.checkMayGrant(known.principal(by), `${by}/x`, { monitor: true, source: `${by}/x` })
    expect(grant('probe')).not.toThrow()
    expect(grant('keeper')).not.toThrow()
    expect(grant('eye')).toThrow(expect.objectContaining({ code: 'TCN_ACCESS_DENIED' }))
  })

  it('shows the events of SysAdm to those who may use it, and lets nobody grant more of it than they have', () => {
    const known = access({
      boss: { sysadm: 'full', see: ['demo/'] },
      desk: { sysadm: 'limited' },
      guest: { see: '*' },
    })
    const levels = ['admin', 'boss', 'desk', 'guest'].map((name) =>
      known.level(known.principal(name), 'sysadm'),
    )
    expect(levels).toEqual(['full', 'full', 'limited', undefined])
    const see = known.authorize(known.principal('boss'), 'see')
    expect(['sysadm/system-state', 'demo/x', 'other/x'].map((tag) => see.matches(frame(tag), 0))).toEqual([
      true,
      true,
      false,
    ])
    const grant = (by: string, sysadm: 'full' | 'limited') => () =>
      known.checkMayGrant(known.principal(by), `${by}/x`, { sysadm, source: `${by}/x` })
    expect(grant('boss', 'full')).not.toThrow()
    expect(grant('boss', 'limited')).not.toThrow()
    expect(grant('desk', 'limited')).not.toThrow()
    for (const refused of [grant('desk', 'full'), grant('guest', 'limited')])
      expect(refused).toThrow(expect.objectContaining({ code: 'TCN_ACCESS_DENIED' }))
  })

  it('publishes under its name unless a source is given', () => {
    const known = access({ a: {}, b: { source: 'site/b' } })
    expect(known.principal('a').source).toBe('a')
    expect(known.principal('b').source).toBe('site/b')
  })

  it('treats an unknown principal like one without rights', () => {
    const { authorize } = access({})
    const stranger = { name: 'stranger', source: 'x' }
    expect(authorize(stranger, 'see').matches(frame('demo/x'), 0)).toBe(false)
    expect(authorize(stranger, 'admin')).toBe(false)
  })
})

function accessAnd(name: string, grants: Record<string, Grant>) {
  const known = access(grants)
  return { authorize: known.authorize, principal: known.principal(name) }
}
