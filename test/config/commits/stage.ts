import { z } from 'zod'
import { ConfigCommits } from '../../../src/config/commits/commits.js'
import { parseKey } from '../../../src/config/commits/key.js'
import { recover } from '../../../src/config/commits/recover.js'
import { atOnce, textWork } from '../../../src/config/commits/text-work.js'
import { configJsonSchema } from '../../../src/config/json-schema.js'
import { parseConfig } from '../../../src/config/load.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { MemoryFiles } from './memory-files.js'

const schema = z.strictObject({
  data: z.string().optional(),
  limits: z
    .strictObject({ a: z.int().default(1), b: z.int().default(1) })
    .meta({ remote: true })
    .prefault({}),
  jobs: z
    .strictObject({ programs: z.array(z.string()).default([]), password: z.string().optional() })
    .prefault({}),
})
type Config = z.output<typeof schema>

export const BEFORE = '# ours\nlimits: { a: 1 } # few\n'
export const AFTER = '# ours\nlimits: { a: 7 } # few\n'

export const set = (key: string, value: unknown) => ({ path: parseKey(key), value })

const check = (text: string) => parseConfig(schema, text, 'tocsin.yaml')

/** A store, what it keeps, and what the hub would do. */
export class Stage {
  readonly runtime = new FakeRuntime()
  readonly files = new MemoryFiles(BEFORE)
  store!: ConfigCommits<Config>
  /** What the hub would do now. */
  inForce!: Config
  /** Why the hub cannot take `limits.a: 7`. */
  refuses: string | undefined
  readonly expired: { state: string; outcome: unknown }[] = []

  /** Starts the store as the hub does. */
  async start(): Promise<string | undefined> {
    const { files, runtime } = this
    const recovery = await recover(files, runtime)
    this.inForce = check(files.config)
    this.store = new ConfigCommits({
      runtime,
      files,
      running: files.config,
      texts: atOnce(textWork(() => configJsonSchema(schema), check)),
      apply: async (config) => {
        if (this.refuses !== undefined && config.limits.a === 7)
          throw new TocsinError('TCN_CONFIG_APPLY', this.refuses)
        this.inForce = config
        return { applied: ['limits.a'], restart: [] }
      },
      expired: ({ state }, outcome) => this.expired.push({ state, outcome }),
    })
    await this.store.adopt()
    return recovery?.text
  }
}
