import type { ConfigSession } from '../../../src/config/commits/candidate.js'
import type { CommitFiles, CommitRecord, PendingCommit } from '../../../src/config/commits/records.js'

/** What a store keeps, in memory. `failAfter` makes every write fail after that many. */
export class MemoryFiles implements CommitFiles {
  config: string
  running: string | undefined
  pending: string | undefined
  readonly commits = new Map<number, { record: string; before: string }>()
  writes = 0
  failAfter = Number.POSITIVE_INFINITY

  constructor(config: string) {
    this.config = config
  }

  readConfig = () => this.config
  readRunning = () => this.running
  readPending = () => (this.pending === undefined ? undefined : (JSON.parse(this.pending) as PendingCommit))
  readCommits = () => [...this.commits.values()].map(({ record }) => JSON.parse(record) as CommitRecord)
  readBefore = (number: number) => this.commits.get(number)?.before ?? ''

  writeConfig(text: string) {
    return this.#write(() => {
      this.config = text
    })
  }
  writeRunning(text: string) {
    return this.#write(() => {
      this.running = text
    })
  }
  writePending(pending: PendingCommit) {
    return this.#write(() => {
      this.pending = JSON.stringify(pending)
    })
  }
  removePending() {
    return this.#write(() => {
      this.pending = undefined
    })
  }
  writeCommit(record: CommitRecord, before: string) {
    return this.#write(() => this.commits.set(record.number, { record: JSON.stringify(record), before }))
  }
  updateCommit(record: CommitRecord) {
    return this.#write(() => {
      const { before = '' } = this.commits.get(record.number) ?? {}
      this.commits.set(record.number, { record: JSON.stringify(record), before })
    })
  }
  removeCommit(number: number) {
    return this.#write(() => this.commits.delete(number))
  }

  async #write(change: () => void): Promise<void> {
    if (this.writes >= this.failAfter) throw new Error('no space left')
    this.writes++
    change()
  }
}

export const session = (key: string, more: Partial<ConfigSession> = {}): ConfigSession => ({
  key,
  by: { user: key },
  local: true,
  owner: true,
  ...more,
})
