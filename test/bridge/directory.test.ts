import { expect, it } from 'vitest'
import { Directory, type Member, type PeerType } from '../../src/bridge/directory.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

class FakeMember implements Member {
  readonly id: string
  readonly type: PeerType
  keys: ReadonlySet<string> = new Set()
  readonly announced: string[] = []

  constructor(id: string, type: PeerType) {
    this.id = id
    this.type = type
  }

  announce(text: string): void {
    this.announced.push(text)
  }

  get reached(): string[] {
    return JSON.parse(this.announced.at(-1)!).args.available_connections
  }
}

function add(directory: Directory, member: FakeMember, ...keys: string[]): void {
  directory.update(member, () => {
    member.keys = new Set(keys)
  })
}

it('announces many peers together, in turns, and writes the same list once', () => {
  const runtime = new FakeRuntime()
  const directory = new Directory(runtime)
  const servers = Array.from({ length: 1000 }, (_, i) => new FakeMember(`s${i}`, 'server'))
  const clients = Array.from({ length: 1000 }, (_, i) => new FakeMember(`c${i}`, 'client'))
  for (const member of [...servers, ...clients]) add(directory, member, 'key')
  runtime.advance(1000)
  for (const { announced, reached } of [...servers, ...clients]) {
    expect(announced).toHaveLength(1)
    expect(reached).toHaveLength(1000)
  }
  runtime.advance(2000)
  add(directory, servers[0])
  runtime.advance(20)
  expect(clients[0].announced).toHaveLength(2)
  expect(clients[0].reached).not.toContain('s0')
  expect(servers[1].announced).toHaveLength(1)
})

it('names a peer once that shares several keys, and finds only those of the other type', () => {
  const directory = new Directory(new FakeRuntime())
  const server = new FakeMember('s', 'server')
  const client = new FakeMember('c', 'client')
  const other = new FakeMember('o', 'client')
  add(directory, server, 'a', 'b')
  add(directory, client, 'a', 'b', 'c')
  add(directory, other, 'c')
  expect(directory.reach(server, 'c')).toBe(client)
  expect(directory.reach(client, 's')).toBe(server)
  expect(directory.reach(other, 's')).toBeUndefined()
  expect(directory.reach(other, 'c')).toBeUndefined()
  add(directory, server, 'c')
  expect(directory.reach(other, 's')).toBe(server)
  add(directory, client)
  expect(directory.reach(server, 'c')).toBeUndefined()
})

it('names at most 10,000 peers', () => {
  const runtime = new FakeRuntime()
  const directory = new Directory(runtime)
  const client = new FakeMember('c', 'client')
  add(directory, client, 'key')
  for (let i = 0; i < 10_005; i++) add(directory, new FakeMember(`s${i}`, 'server'), 'key')
  runtime.advance(1000)
  expect(client.reached).toHaveLength(10_000)
})

it('announces less often while many ids must be sent, so that peers can arrive one by one', () => {
  const runtime = new FakeRuntime()
  const directory = new Directory(runtime)
  const clients = Array.from({ length: 200 }, (_, i) => new FakeMember(`c${i}`, 'client'))
  for (const member of clients) add(directory, member, 'key')
  for (let i = 0; i < 400; i++) {
    add(directory, new FakeMember(`s${i}`, 'server'), 'key')
    runtime.advance(20)
  }
  expect(clients[0].announced.length).toBeLessThan(200)
  runtime.advance(2_020)
  expect(clients.every(({ reached }) => reached.length === 400)).toBe(true)
})
