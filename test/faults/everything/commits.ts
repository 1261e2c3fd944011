import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { type Client, connect } from '../../../src/client/index.js'
import type { CommitInfo, RuleInfo } from '../../../src/methods/contract/index.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import type { HubProcess } from '../../e2e/hub-process.js'
import type { Part, Scene } from './part.js'

const LEAST = 100
const MASK = ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC

/**
 * Commits of two keys at once, each of which changes a rule, and a program for NSO that every commit waits for. After each
 * kill both keys are those of one commit: of the last that was answered, or of the one under way.
 */
export class Commits implements Part {
  readonly config: Part['config']
  readonly #scene: Scene
  readonly #path: string
  #number = 0
  #answered = 0
  #isOver = false
  #running: Promise<void> = Promise.resolve()
  #guard: ncs.NotificationSocket | undefined
  readonly #seen = new Set<string>()

  constructor(scene: Scene) {
    this.#scene = scene
    this.#path = join(scene.folder, 'ncs.sock')
    this.config = {
      ncs: { unix: { path: this.#path } },
      limits: { requests: LEAST },
      rules: { marker: marker(0) },
    }
  }

  async begin(hub: HubProcess): Promise<void> {
    await this.#running
    const client = await connect({ address: hub.socket, reconnect: false })
    await this.#compare(client)
    this.#guard = ncs.socket(ncs.AF_UNIX)
    await ncs.notificationsConnect(this.#guard, { mask: MASK, path: this.#path, name: 'guard' })
    void this.#watch(this.#guard)
    this.#running = this.#run(client)
  }

  async killed(): Promise<void> {
    this.#guard?.close()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    this.#guard?.close()
  }

  async check(_: unknown, client: Client): Promise<string[]> {
    await this.#compare(client)
    const { rules } = await client.request<{ rules: RuleInfo[] }>('rules.list')
    return rules.find(({ name }) => name === 'marker')?.state === 'up'
      ? []
      : ['the rule of commits is not up']
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    this.#guard?.close()
  }

  /** What is in force, in the file and in the history is one commit as a whole. */
  async #compare(client: Client): Promise<void> {
    const { fault } = this.#scene
    // The hub has just started, among everything else on this machine.
    const { text } = await client.request<{ text: string }>('config.get', { text: true })
    const file = readFileSync(join(this.#scene.folder, 'tocsin.yaml'), 'utf8')
    const [first, second] = numbersOf(text)
    if (text !== file) fault(`the file has commit ${numbersOf(file)}, and ${numbersOf(text)} is in force`)
    if (first !== second) fault(`of commit ${second} one key is that of ${first}`)
    if (first !== this.#answered && first !== this.#number)
      fault(`commit ${first} is in force, ${this.#answered} was answered and ${this.#number} sent`)
    const { commits } = await client.request<{ commits: CommitInfo[] }>('config.history', { limit: 1 })
    const { changes } = await client.request<{ changes: unknown[] }>('config.diff')
    if (changes.length > 0 && this.#number === first) fault(`commit ${first} is in force, and a candidate`)
    if (commits.length === 0 && first > 0) fault(`commit ${first} is in force, and not in the history`)
    this.#answered = first
    this.#number = first
  }

  async #run(client: Client): Promise<void> {
    while (!this.#isOver) {
      try {
        const next = this.#answered + 1
        const edits = [
          { key: 'limits.requests', value: LEAST + next },
          { key: 'rules.marker', value: marker(next) },
        ]
        await client.request('config.edit', { edits, force: true })
        this.#number = next
        await client.request('config.commit')
        this.#answered = next
        if (!this.#seen.has('config.commit')) this.#scene.fault(`commit ${next} did not wait for its guard`)
        this.#seen.clear()
      } catch (error) {
        const { code } = error as { code?: string }
        if (code !== 'TCN_CLIENT_UNREACHABLE' && code !== 'TCN_CLIENT_CLOSED')
          this.#scene.fault(`commit: ${error}`)
        break
      }
      await setTimeout(this.#scene.random(300))
    }
    await client.close()
  }

  /** Answers each audit that its session waits for. */
  async #watch(guard: ncs.NotificationSocket): Promise<void> {
    try {
      for await (const found of guard) {
        if (found.type !== ncs.NOTIF_AUDIT) continue
        const [call] = found.audit.msg.split(' ')
        this.#seen.add(call)
        if (guard.owes(found)) ncs.syncAuditNotification(guard, found.audit.usid)
      }
    } catch {
      // The hub is dead.
    }
  }
}

function marker(n: number) {
  return { filter: 'marker/', fire: { tag: 'marked', data: n } }
}

function numbersOf(text: string): [number, number] {
  const { limits, rules } = parse(text)
  return [limits.requests - LEAST, rules.marker.fire.data]
}
