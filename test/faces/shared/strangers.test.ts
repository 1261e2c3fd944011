import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Budgets, DEFAULT_SHARED_LIMITS } from '../../../src/faces/shared/budget.js'
import { identified, Strangers } from '../../../src/faces/shared/strangers.js'

describe('connections whose peers are not identified', () => {
  const strangers = new Strangers(() => ({ all: 4, ofNetwork: 2 }))
  const expelled: string[] = []

  function open(name: string, remoteAddress: string): Socket {
    const socket = Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket
    strangers.watch(socket, () => {
      expelled.push(name)
      socket.emit('close')
    })
    return socket
  }

  it('give way to newer ones: of their own network first, then of all', () => {
    open('a1', '192.0.2.1')
    const known = open('a2', '192.0.2.1')
    identified(known)
    open('a3', '192.0.2.1')
    expect(expelled).toEqual([])
    open('a4', '192.0.2.1')
    expect(expelled.splice(0)).toEqual(['a1'])
    open('b1', '2001:db8::1')
    open('b2', '2001:db8::2')
    open('c1', '198.51.100.1')
    expect(expelled.splice(0)).toEqual(['a3'])
    open('b3', '2001:db8::3')
    expect(expelled.splice(0)).toEqual(['b1'])
    expect(strangers.size).toBe(4)
    expect(known.eventNames()).toEqual([])
  })
})

describe('connections that wait for the hub', () => {
  const strangers = new Strangers(() => ({ all: 4, ofNetwork: 2 }))
  const arrive = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket
    return { socket, served: strangers.arrive(socket) }
  }

  it('are refused when too many of their network wait, until one of those is served or closed', () => {
    const [first, second] = [arrive('192.0.2.1'), arrive('192.0.2.1')]
    expect(arrive('192.0.2.1').served).toBeUndefined()
    expect(arrive('192.0.2.2').served).toBeDefined()
    first.served?.()
    first.socket.emit('close')
    expect(arrive('192.0.2.1').served).toBeDefined()
    expect(arrive('192.0.2.1').served).toBeUndefined()
    second.socket.emit('close')
    expect(arrive('192.0.2.1').served).toBeDefined()
    expect(strangers.size).toBe(0)
  })
})

describe('the connections of a hub', () => {
  const budgets = (connections: number, files?: number) =>
    new Budgets({ ...DEFAULT_SHARED_LIMITS, connections }, {}, files)

  function takeAll(from: Budgets, isLocal: boolean): number {
    let taken = 0
    while (from.takeConnection(isLocal)) taken++
    return taken
  }

  it('are partly reserved for unix sockets', () => {
    const of100 = budgets(100)
    expect(takeAll(of100, false)).toBe(90)
    expect(takeAll(of100, true)).toBe(10)
    expect(takeAll(budgets(100), true)).toBe(100)
    expect(takeAll(budgets(10_000), false)).toBe(10_000 - 64)
  })

  it('are never more than the files that they may use', () => {
    expect(budgets(16_384, 896).maxConnections).toBe(896)
    expect(takeAll(budgets(16_384, 896), true)).toBe(896)
    expect(budgets(100, 896).maxConnections).toBe(100)
  })
})
