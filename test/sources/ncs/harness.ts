import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../src/event/runtime.js'
import { ncsSourcesConfig } from '../../../src/sources/ncs/config.js'
import { ncsSource } from '../../../src/sources/ncs/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import type { SourceEvent } from '../../../src/sources/source.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { requireTool } from '../../helpers/tools.js'
import { shims } from '../../python/python.js'

export type NcsEntry = Partial<z.input<typeof ncsSourcesConfig>[number]>

/** Pauses are short; Python has the time that it needs on a busy machine. */
const runtime: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(ms >= 10_000 ? ms : ms / 20, run),
}

/** A source `ncs/a`, run with the project's own Python module in the place of the vendor's. */
export class AttachedSource implements AsyncDisposable {
  readonly host = new FakeHost(runtime)
  runner: SourceRunner
  readonly #entry: NcsEntry

  constructor(entry: NcsEntry) {
    this.#entry = { modules: [shims], python: requireTool('python3'), ...entry }
    this.runner = this.#runner()
  }

  #runner(): SourceRunner {
    const [config] = ncsSourcesConfig.parse([{ name: 'a', ...this.#entry }])
    return new SourceRunner(ncsSource(config), this.host)
  }

  async start(): Promise<this> {
    this.runner = this.#runner()
    this.runner.start()
    await this.becomes('up')
    return this
  }

  async becomes(state: string): Promise<void> {
    const timeout = 30_000
    await expect
      .poll(() => this.runner.status().state, { timeout, message: this.runner.status().reason })
      .toBe(state)
  }

  /** What it has published, without the reports about itself. */
  get events(): SourceEvent[] {
    return this.host.events.filter(({ tag }) => !tag.startsWith('hub/'))
  }

  get tags(): string[] {
    return this.events.map(({ tag }) => tag)
  }

  get gaps(): unknown[] {
    return this.host.data('hub/gap/ncs/a').map(({ reason }) => reason)
  }

  async published(count: number): Promise<SourceEvent[]> {
    await expect.poll(() => this.events.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count)
    return this.events
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner.stop()
  }
}

/** A program in the place of Python that says these lines, and then waits for the end of its input. */
export function programThatSays(
  folder: string,
  lines: readonly string[],
  more = 'cat >> "$0.heard"',
): string {
  const program = join(folder, `says-${Math.random().toString(36).slice(2)}`)
  writeFileSync(`${program}.lines`, lines.map((line) => `${line}\n`).join(''))
  writeFileSync(program, `#!/bin/sh\nhead -n 1 > "$0.heard"\ncat "$0.lines"\n${more}\n`)
  chmodSync(program, 0o755)
  return program
}
